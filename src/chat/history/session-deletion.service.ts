import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import { ConversationStore, type ForgottenConversation } from '../records/conversation.store.port.js';
import {
  MemoryEraser,
  stateOf,
  type ErasedMemory,
  type MemoryState,
} from '../conversations/memory-eraser.service.js';
import { KEY_LIFETIME_MS } from '../turn/admit/earlier-turns.service.js';
import { SessionOccupancy } from '../turn/admit/session-occupancy.service.js';
import { FaultPoints } from '../../platform/lifecycle/fault-points.service.js';
import { LateOpenings } from '../turn/own/late-openings.service.js';
import { Leases } from '../turn/own/leases.service.js';
import type { UnfinishedDeletions } from '../turn/own/unfinished-deletions.port.js';
import { ErasedTurns } from '../turn/own/erased-turns.service.js';
import { DatabaseLog } from '../records/database-log.port.js';
import { AttachmentStore } from '../records/attachment.store.port.js';
import { SearchIndexStore } from '../search/search-index.store.port.js';
import { StoredBytes } from '../turn/settle/stored-bytes.service.js';
import { TurnStore } from '../records/turn.store.port.js';
import type { TurnOpening, TurnRecord } from '../records/turn.js';
import { HistoryStore } from '../records/history.store.port.js';

/** What a deletion has removed. */
export interface SessionErasure {
  /** Those that ended here or whose tombstones were made before it was cut short, also such as left no messages. */
  readonly turns: number;
  readonly messages: number;
  readonly attachments: number;
  readonly memories: readonly ErasedMemory[];
}

type Removal = Omit<SessionErasure, 'memories'> & { readonly forgotten: readonly ForgottenConversation[] };

/**
 * Deletes sessions with everything that was said in them. Meanwhile it occupies the session as a turn does, so that a turn begins either
 * before, and then the deletion is refused, or behind it, in a session that is new. Cut short, it is finished by recovery.
 */
@Injectable()
export class SessionDeletion implements UnfinishedDeletions {
  private readonly unfinished: TurnOpening[] = [];

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly leases: Leases,
    private readonly turns: TurnStore,
    private readonly history: HistoryStore,
    private readonly conversations: ConversationStore,
    private readonly stored: StoredBytes,
    private readonly search: SearchIndexStore,
    private readonly attachments: AttachmentStore,
    private readonly erased: ErasedTurns,
    private readonly late: LateOpenings,
    private readonly databaseLog: DatabaseLog,
    private readonly occupancy: SessionOccupancy,
    private readonly eraser: MemoryEraser,
    private readonly faults: FaultPoints,
  ) {}

  /**
   * @returns what has become of what upstreams remember of it
   * @throws AppError `not_found`; `turn_in_progress` while a turn runs in it
   */
  async delete(userId: string, sessionId: string): Promise<MemoryState> {
    const erased = await this.erase(userId, sessionId);
    return erased === undefined ? 'pending' : stateOf(erased.memories);
  }

  /**
   * The same, told in numbers.
   * @param unlessUsedSince a session that was gone on with since then stays as it is
   * @returns `undefined` when it stays, or another one has deleted it meanwhile
   * @throws AppError `not_found`; `turn_in_progress` while a turn runs in it
   */
  async erase(
    userId: string,
    sessionId: string,
    unlessUsedSince?: Date,
  ): Promise<SessionErasure | undefined> {
    const session = await this.history.findSession(userId, sessionId);
    const occupant = await this.turns.findOccupant(userId, sessionId);
    const isTurn = occupant !== undefined && occupant.kind !== 'deletion';
    if (isTurn && (session !== undefined || !(await this.late.mustNotBeSeen(occupant))))
      throw errors.turnInProgress(occupant.id);
    if (session === undefined) throw errors.notFound('The session');
    return this.lockAndRemove(this.lockOf(userId, sessionId), unlessUsedSince);
  }

  /** Deletions that failed half-way, or whose lock may have been made all the same: recovery finishes them. */
  takeUnfinished(): readonly TurnOpening[] {
    return this.unfinished.splice(0);
  }

  private async lockAndRemove(
    opening: TurnOpening,
    unlessUsedSince: Date | undefined,
  ): Promise<SessionErasure | undefined> {
    let removed: Removal;
    try {
      const result = await this.turns.lockForDeletion(opening, this.leases.begin());
      if (result.kind === 'busy') {
        // It is being deleted already, here or elsewhere: it is gone when that is through, and not before.
        if (result.turn.kind === 'deletion') {
          await this.occupancy.whenEnded(result.turn);
          return undefined;
        }
        throw errors.turnInProgress(result.turn.id);
      }
      if (unlessUsedSince !== undefined && (await this.isUsedSince(opening, unlessUsedSince))) {
        await this.turns.unlock(result.lock);
        return undefined;
      }
      removed = await this.remove(result.lock);
    } catch (error) {
      if (!(error instanceof AppError)) this.unfinished.push(opening);
      throw error;
    }
    const { forgotten, ...counts } = removed;
    return { ...counts, memories: await this.eraser.erase(forgotten) };
  }

  private async isUsedSince({ userId, sessionId }: TurnOpening, moment: Date): Promise<boolean> {
    const session = await this.history.findSession(userId, sessionId);
    return session !== undefined && session.updatedAt > moment;
  }

  /** The steps of a deletion that has its lock. Repeating them, after any prefix, has no other effect. */
  async carryOut(lock: TurnRecord): Promise<void> {
    const { forgotten } = await this.remove(lock);
    await this.eraser.erase(forgotten);
  }

  async forgetMemories({ userId, sessionId }: TurnRecord, deletedAt: Date): Promise<void> {
    const now = new Date(this.clock.now());
    // Those of turns that have ended since are gone on with.
    const isInUse = (await this.history.findSession(userId, sessionId)) !== undefined;
    const madeBefore = isInUse ? deletedAt : now;
    await this.eraser.erase(await this.conversations.forgetSession({ userId, sessionId }, madeBefore, now));
  }

  private async remove(lock: TurnRecord): Promise<Removal> {
    const { userId, sessionId } = lock;
    const now = new Date(this.clock.now());
    // What other instances made just before the lock may have a later time by their clocks; what comes behind the deletion is later than this
    // even if it has to be taken over and is still being carried out here.
    const bound = new Date(lock.startedAt.getTime() + this.config.turns.leaseMs / 2);
    const olderThan = newId(bound.getTime());
    const forgotten = await this.conversations.forgetSession({ userId, sessionId }, bound, now);
    const burial = { at: now, expiresAt: new Date(now.getTime() + KEY_LIFETIME_MS) };
    const turnIds = await this.turns.bury(lock, olderThan, burial);
    this.erased.erase(turnIds);
    this.faults.reach('erased');
    const messages = await this.history.deleteSession(userId, sessionId, olderThan);
    // Behind the messages: whoever indexes them meanwhile finds them gone afterwards.
    await this.search.removeSession(lock, olderThan);
    const attachments = await this.attachments.removeSession(lock, olderThan);
    this.stored.forget(userId);
    // The records of its turns may be long gone; an opening that comes late must find that it was deleted.
    await this.turns.unlock(lock, turnIds.length === 0 ? burial : undefined);
    this.databaseLog.emptySoon();
    return { forgotten, turns: turnIds.length, messages, attachments };
  }

  /** Nothing of it but ids, session, state and lease means anything. */
  private lockOf(userId: string, sessionId: string): TurnOpening {
    return {
      id: newId(),
      tenantId: DEFAULT_TENANT,
      userId,
      accountId: '',
      sessionId,
      chatflowId: '',
      provider: 'assistant',
      question: '',
      price: 0,
      chatflowVersion: 0,
      chargeOnStop: false,
      onDisconnect: 'continue',
      requestHash: '',
      userMessageId: '',
      messageId: '',
      startedAt: new Date(this.clock.now()),
    };
  }
}
