import { Injectable } from '@nestjs/common';
import type { HoldRequest, PlannedCharge } from '../../../accounting/credit-ledger.port.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { Clock } from '../../../platform/clock.port.js';
import { whenAnsweredAfterAll } from '../../../platform/errors/late-answer.js';
import { newId } from '../../../platform/ids.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.service.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { Tracing, type Span } from '../../../platform/tracing/tracing.port.js';
import { ConversationStore, type Conversation } from '../../records/conversation.store.port.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { TurnStore, type OpenResult } from '../../records/turn.store.port.js';
import type { Lease, TurnOpening, TurnRecord } from '../../records/turn.js';
import { Leases } from '../own/leases.service.js';
import { AbandonedTurns } from '../settle/abandoned-turns.service.js';
import { UnbegunTurns, type UnbegunTurn } from '../settle/unbegun-turns.service.js';
import type { RequestIdentity } from './request-identity.js';
import { TurnHold } from './turn-hold.service.js';

/** A turn that is durable and has its session for itself. */
export interface OpenedTurn {
  readonly kind: 'opened';
  readonly turn: TurnRecord;
  readonly charge: HoldRequest;
  /** Whether the hold has been made along with it. */
  readonly held: boolean;
  /** The memory that was begun along with it. */
  readonly conversation: Conversation | undefined;
}

const UNTRACED = {};

/** Opens turns and pays for them: two durable writes, at best in one round trip; and undoes them where admission fails behind. */
@Injectable()
export class TurnOpenings {
  constructor(
    private readonly clock: Clock,
    private readonly leases: Leases,
    private readonly turns: TurnStore,
    private readonly conversations: ConversationStore,
    private readonly holds: TurnHold,
    private readonly faults: FaultPoints,
    private readonly abandoned: AbandonedTurns,
    private readonly unbegun: UnbegunTurns,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {}

  /** What is to be opened. @param price in whole credits */
  describe(request: TurnRequest, chatflow: Chatflow, price: number, identity: RequestIdentity): TurnOpening {
    const { regenerates, follows, continues } = request;
    const { apiKeyId, hasCreditCap = false } = request.principal;
    const { traceparent } = this.tracing.current.carrier;
    return {
      id: newId(),
      tenantId: request.principal.tenantId,
      userId: request.principal.userId,
      accountId: request.principal.accountId,
      ...(apiKeyId === undefined ? {} : { apiKey: { id: apiKeyId, isCapped: hasCreditCap } }),
      sessionId: request.sessionId ?? newId(),
      chatflowId: chatflow.id,
      provider: chatflow.provider,
      question: request.question,
      price,
      chatflowVersion: chatflow.version,
      chargeOnStop: chatflow.chargeOnStop,
      ...(chatflow.chargeOn === undefined ? {} : { chargeOn: chatflow.chargeOn }),
      onDisconnect: chatflow.onDisconnect,
      ...identity,
      ...(regenerates === undefined ? {} : { regenerates }),
      ...(follows === undefined ? {} : { follows }),
      ...(continues === undefined ? {} : { continues }),
      userMessageId: newId(),
      messageId: newId(),
      ...(traceparent === undefined ? {} : { traceparent }),
      startedAt: new Date(this.clock.now()),
    };
  }

  /** The same turn, named and dated anew: what a deletion or a watcher made of the session meanwhile is older than it. */
  anew(opening: TurnOpening): TurnOpening {
    return { ...opening, id: newId(), startedAt: new Date(this.clock.now()) };
  }

  /**
   * @param conversation the memory that begins with the turn
   * @returns why not, when another turn has the key or the session
   */
  async open(
    opening: TurnOpening,
    conversation: Conversation | undefined,
    accessToken: string | undefined,
  ): Promise<OpenedTurn | Exclude<OpenResult, { kind: 'opened' }>> {
    const lease = this.leases.begin();
    const charge = this.holds.requestFor(opening, accessToken);
    const planned = this.holds.plan(charge);
    const result = await this.traced(planned === undefined ? 'open' : 'hold', opening, async (span) => {
      const written = await this.write({ turn: opening, charge, conversation }, lease, planned);
      if (planned !== undefined) span.note({ 'tollgate.held': written.kind === 'opened' && written.held });
      return written;
    });
    this.faults.reach('opened');
    if (result.kind !== 'opened') return result;
    if (result.held) this.holds.made(planned);
    const turn: TurnRecord = { status: 'running', lease, ...opening };
    const opened: OpenedTurn = { kind: 'opened', turn, charge, held: result.held, conversation };
    if (conversation !== undefined && !result.remembered) await this.remember(conversation, opened);
    return opened;
  }

  /** Holds its credits, unless that was done along with it. @throws AppError `insufficient_credits`, `insufficient_key_credits`, `accounting_unavailable`; then it is undone */
  async pay(opened: OpenedTurn): Promise<void> {
    if (opened.held) return;
    const failure = await this.traced('hold', opened.turn, async (span) => {
      const failed = await this.holds.make(opened.charge);
      if (failed !== undefined) span.fail(failed.error);
      span.note({ 'tollgate.held': failed === undefined });
      return failed;
    });
    if (failure === undefined) return;
    if (failure.kind === 'refused') await this.unlessItFails(opened, () => this.unbegun.forget(opened));
    else await this.undo(opened);
    throw failure.error;
  }

  /** The hold may have been made: a release does no harm if it was not. Never rejects: what fails is left to recovery. */
  async undo(opened: UnbegunTurn): Promise<void> {
    await this.unlessItFails(opened, () => this.unbegun.undo(opened));
  }

  private traced<T>(name: string, { id, price }: TurnOpening, work: (span: Span) => Promise<T>): Promise<T> {
    const options = this.tracing.isOn
      ? { attributes: { 'tollgate.turn.id': id, 'tollgate.credits': price } }
      : UNTRACED;
    return this.tracing.span(name, options, work);
  }

  private async write(
    asked: UnbegunTurn & { readonly turn: TurnOpening },
    lease: Lease,
    hold: PlannedCharge | undefined,
  ): Promise<OpenResult> {
    const { turn, conversation } = asked;
    try {
      return await this.turns.open(turn, lease, {
        conversation: conversation && this.conversations.planInsert(conversation),
        hold: hold?.write,
      });
    } catch (error) {
      // It may have been written all the same; nobody else would ever free its session and its key.
      this.abandoned.addUnbegun(asked);
      // Or it is written now, behind whatever happened in the session meanwhile: it goes before anybody takes it for a turn whose owner died.
      void whenAnsweredAfterAll(error)?.then(() => this.undo(asked));
      throw error;
    }
  }

  private async remember(conversation: Conversation, opened: OpenedTurn): Promise<void> {
    try {
      await this.conversations.insert(conversation);
    } catch (error) {
      await this.undo(opened);
      throw error;
    }
  }

  private async unlessItFails(opened: UnbegunTurn, undo: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await undo())) this.abandoned.addUnbegun(opened);
    } catch (error) {
      this.log.warn({ turnId: opened.turn.id, err: error }, 'A turn that did not begin is left to recovery');
      this.abandoned.addUnbegun(opened);
    }
  }
}
