import { Injectable } from '@nestjs/common';
import { ApiKeysService } from '../../auth/api-keys/api-keys.service.js';
import { UserStore } from '../../auth/accounts/user.store.port.js';
import { UserDirectory } from '../../auth/directory/user-directory.port.js';
import { ErasedIdentities } from '../../auth/directory/erased-identities.service.js';
import { UserIdentityStore } from '../../auth/directory/user-identity.store.port.js';
import { StreamTicketStore } from '../../auth/stream-tickets/stream-ticket.store.port.js';
import { RefreshTokenStore } from '../../auth/tokens/refresh-token.store.port.js';
import { SessionDeletion, type SessionErasure } from '../../chat/history/session-deletion.service.js';
import { HistoryStore, type SessionCursor } from '../../chat/records/history.store.port.js';
import { AttachmentStore } from '../../chat/records/attachment.store.port.js';
import { DatabaseLog } from '../../chat/records/database-log.port.js';
import { TurnStore } from '../../chat/records/turn.store.port.js';
import { SearchIndexStore } from '../../chat/search/search-index.store.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { TaskStore } from '../../tools/todo/task.store.port.js';
import type { ErasureTally } from './erasure-tally.js';

/** Sessions that are listed by one query, and deleted one after the other. */
const ERASED_PER_BATCH = 50;

export interface RemovalBounds {
  readonly signal: AbortSignal;
  /** As `performance.now()`: then the rest is left. */
  readonly until: number;
}

/** Removes what is stored of a user. Each part may be repeated, after any prefix, here or elsewhere. */
@Injectable()
export class UserRemover {
  constructor(
    private readonly users: UserStore,
    private readonly identities: UserIdentityStore,
    private readonly erased: ErasedIdentities,
    private readonly directory: UserDirectory,
    private readonly signIns: RefreshTokenStore,
    private readonly keys: ApiKeysService,
    private readonly tickets: StreamTicketStore,
    private readonly history: HistoryStore,
    private readonly turns: TurnStore,
    private readonly sessions: SessionDeletion,
    private readonly attachments: AttachmentStore,
    private readonly search: SearchIndexStore,
    private readonly tasks: TaskStore,
    private readonly databaseLog: DatabaseLog,
  ) {}

  /** What the user gets in with. */
  async removeAccess(userId: string, tally: ErasureTally): Promise<void> {
    await this.signIns.removeAllOf(userId);
    const accountId = await this.directory.accountOf(userId);
    tally.add({ apiKeys: await this.keys.revokeAll(userId, accountId) });
    await this.tickets.removeAllOf(userId);
  }

  /** @returns whether all are gone; a session in which a turn still runs is not */
  async removeSessions(
    userId: string,
    tally: ErasureTally,
    { signal, until }: RemovalBounds,
  ): Promise<boolean> {
    // First: the session of a first turn is stored at its end, and one that ends between the two would be in neither.
    let isThrough = (await this.turns.listRunning(userId, 1)).length === 0;
    for (let after: SessionCursor | undefined; ;) {
      const batch = await this.history.listSessions(userId, ERASED_PER_BATCH, after);
      for (const { id } of batch) {
        signal.throwIfAborted();
        if (performance.now() > until) return false;
        const erased = await this.removeSession(userId, id);
        if (erased === 'busy') isThrough = false;
        else if (erased !== undefined) tally.addSession(erased);
      }
      after = batch.at(-1);
      if (batch.length < ERASED_PER_BATCH) break;
    }
    return isThrough;
  }

  /** What has no session. */
  async removeRest(userId: string, tally: ErasureTally): Promise<void> {
    tally.add({ attachments: await this.attachments.removeAllOf(userId) });
    await this.search.removeAllOf(userId);
    tally.add({ tasks: await this.tasks.removeAllOf(userId) });
  }

  /**
   * Who they were, and with it whose their account was; then what was deleted is taken out of the database's log, too.
   * @throws Error when that can't be done at the moment
   */
  async removeUser(userId: string): Promise<void> {
    // First: a user who is not there would be made anew, under the old id, as long as an issuer's subject leads to it.
    const known = await this.identities.findByUser(userId);
    // Before it is forgotten whose identity it was: a token from before must not make somebody new.
    if (known !== undefined) await this.erased.bury(known);
    const identity = await this.identities.removeOf(userId);
    await this.users.remove(userId);
    this.directory.removed(userId, identity);
    await this.databaseLog.empty();
  }

  private async removeSession(
    userId: string,
    sessionId: string,
  ): Promise<SessionErasure | 'busy' | undefined> {
    try {
      return await this.sessions.erase(userId, sessionId);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'turn_in_progress') return 'busy';
      if (error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
