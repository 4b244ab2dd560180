import { Injectable } from '@nestjs/common';
import { CreditLedger, type HoldRequest, type PlannedCharge } from '../../accounting/credit-ledger.port.js';
import { ChatflowAccess } from '../../chatflows/chatflow-access.port.js';
import { ChatflowRegistry } from '../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../chatflows/chatflow.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.js';
import { AppError } from '../../platform/errors/app-error.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { Drain } from '../../platform/lifecycle/drain.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';
import { TurnMetrics } from '../../platform/metrics/turn-metrics.js';
import { ProviderRegistry } from '../../upstream/chat-provider.port.js';
import { HistoryStore, type ChatSession } from '../history/history-store.port.js';
import { FaultPoints } from './fault-points.js';
import { hashRequest } from './idempotency-key.js';
import { InstanceId } from './instance-id.js';
import { RecoveryService } from './recovery.service.js';
import type { StartTurn } from './start-turn.js';
import { TurnLimits, type RateState } from './turn-limits.service.js';
import { TurnStore, type OpenResult } from './turn-store.port.js';
import type { Lease, TurnOpening, TurnRecord } from './turn.js';

const KEY_LIFETIME_MS = 24 * 3600 * 1000;
/** A hold outlives its turn by this much before it counts as orphaned. */
const HOLD_MARGIN_MS = 24 * 3600 * 1000;

export type Admission =
  | { readonly kind: 'attached'; readonly turn: TurnRecord }
  | {
      readonly kind: 'admitted';
      readonly turn: TurnRecord;
      readonly chatflow: Chatflow;
      readonly rate: RateState;
      /** To be called when the turn has ended. */
      readonly leave: () => void;
    };

interface OpenedTurn {
  readonly kind: 'opened';
  readonly turn: TurnRecord;
  readonly charge: HoldRequest;
  /** Whether the hold has been made along with it. */
  readonly held: boolean;
}
type Opened = OpenedTurn | { readonly kind: 'attached'; readonly turn: TurnRecord };

/** Decides whether a turn may run, and opens and pays for it: two durable writes, at best in one round trip, before the upstream is called. */
@Injectable()
export class AdmissionService {
  /** Admissions under way that carry a key; each resolves when it is decided, and never rejects. */
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly drain: Drain,
    private readonly chatflows: ChatflowRegistry,
    private readonly access: ChatflowAccess,
    private readonly providers: ProviderRegistry,
    private readonly limits: TurnLimits,
    private readonly turns: TurnStore,
    private readonly history: HistoryStore,
    private readonly ledger: CreditLedger,
    private readonly instance: InstanceId,
    private readonly faults: FaultPoints,
    private readonly metrics: TurnMetrics,
    private readonly recovery: RecoveryService,
    private readonly log: StructuredLog,
  ) {}

  /**
   * @throws AppError `not_found`, `chatflow_access_denied`, `idempotency_key_reused`, `turn_in_progress`, `rate_limited`, `overloaded`,
   * `insufficient_credits`, `accounting_unavailable`, `upstream_unavailable`; then nothing is stored and nothing is held
   */
  async admit(request: StartTurn): Promise<Admission> {
    const { idempotencyKey, principal } = request;
    if (idempotencyKey === undefined) return this.decide(request);
    const name = `${principal.userId} ${idempotencyKey}`;
    // The second of a double click waits for the first: either there is a turn to attach to then, or it is decided anew.
    for (let first = this.underWay.get(name); first !== undefined; first = this.underWay.get(name))
      await first;
    const admission = this.decide(request);
    const over = admission.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.set(name, over);
    try {
      return await admission;
    } finally {
      if (this.underWay.get(name) === over) this.underWay.delete(name);
    }
  }

  private async decide(request: StartTurn): Promise<Admission> {
    const chatflow = await this.findChatflow(request);
    const requestHash = request.idempotencyKey === undefined ? undefined : hashOf(request);
    const earlier = await this.findEarlier(request, requestHash);
    if (earlier !== undefined) return { kind: 'attached', turn: earlier };
    this.drain.assertServing();
    this.providers.get(chatflow.provider);
    const session = await this.findOwnSession(request);
    const { rate, leave } = await this.limits.admit(request.principal.userId);
    try {
      const price = await this.ledger.priceOf(chatflow, request.principal.accessToken);
      const opening = this.openingOf(request, chatflow, price, requestHash);
      const opened = await this.open(opening, request.principal.accessToken);
      if (opened.kind === 'attached') {
        leave();
        return opened;
      }
      if (request.sessionId !== undefined && session === undefined)
        await this.assertStillOwnSession(request, opened);
      if (!opened.held) await this.hold(opened.charge);
      const turn = { ...opened.turn, ...messagesBefore(session) };
      return { kind: 'admitted', turn, chatflow, rate, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async findChatflow({ chatflowId, principal }: StartTurn): Promise<Chatflow> {
    const chatflow = await this.chatflows.find(chatflowId);
    if (chatflow === undefined) throw errors.notFound('The chatflow');
    if (!(await this.access.mayUse(principal, chatflow))) throw errors.chatflowAccessDenied();
    return chatflow;
  }

  private async findEarlier(request: StartTurn, requestHash?: string): Promise<TurnRecord | undefined> {
    if (request.idempotencyKey === undefined) return undefined;
    const turn = await this.turns.findByKey(request.principal.userId, request.idempotencyKey);
    if (turn === undefined) return undefined;
    if (this.clock.now() - turn.startedAt.getTime() > KEY_LIFETIME_MS) {
      await this.turns.releaseKey(turn.id);
      return undefined;
    }
    return sameRequest(turn, requestHash);
  }

  /** @returns undefined when no turn of the session has ended yet */
  private async findOwnSession({ sessionId, principal }: StartTurn): Promise<ChatSession | undefined> {
    if (sessionId === undefined) return undefined;
    const session = await this.history.findSession(sessionId);
    if (session !== undefined && session.userId !== principal.userId) throw errors.notFound('The session');
    return session;
  }

  /**
   * Another user's first turn under the same id may have ended between the look and the opening of this turn. From now on
   * none can: this one runs.
   */
  private async assertStillOwnSession(request: StartTurn, { charge, held }: OpenedTurn): Promise<void> {
    try {
      await this.findOwnSession(request);
    } catch (error) {
      await (held ? this.giveUp(charge) : this.discard(charge.turnId));
      throw error;
    }
  }

  private async open(opening: TurnOpening, accessToken: string | undefined): Promise<Opened> {
    const lease: Lease = {
      owner: this.instance.id,
      fence: 1,
      expiresAt: new Date(this.clock.now() + this.config.turns.leaseMs),
    };
    const charge = this.chargeOf(opening, accessToken);
    const planned = this.faults.partsWrites ? undefined : this.ledger.planHold(charge);
    const result = await this.openOrAdopt(opening, lease, planned);
    this.faults.reach('opened');
    switch (result.kind) {
      case 'opened':
        if (result.held) this.holdMade(planned);
        return {
          kind: 'opened',
          turn: { status: 'running', lease, ...opening },
          charge,
          held: result.held,
        };
      case 'duplicate':
        return { kind: 'attached', turn: sameRequest(result.turn, opening.requestHash) };
      case 'busy':
        // A session that only another user's running turn has made is as unknown as one that is stored.
        if (result.turn.userId !== opening.userId) throw errors.notFound('The session');
        throw errors.turnInProgress(result.turn.id);
    }
  }

  private async openOrAdopt(
    opening: TurnOpening,
    lease: Lease,
    hold: PlannedCharge | undefined,
  ): Promise<OpenResult> {
    try {
      return await this.turns.open(opening, lease, hold?.write);
    } catch (error) {
      // It may have been written all the same; nobody else would ever free its session and its key.
      this.recovery.adopt(opening.id);
      throw error;
    }
  }

  private openingOf(
    request: StartTurn,
    chatflow: Chatflow,
    price: number,
    requestHash: string | undefined,
  ): TurnOpening {
    return {
      id: newId(),
      tenantId: request.principal.tenantId,
      userId: request.principal.userId,
      accountId: request.principal.accountId,
      sessionId: request.sessionId ?? newId(),
      chatflowId: chatflow.id,
      provider: chatflow.provider,
      question: request.question,
      price,
      chatflowVersion: chatflow.version,
      chargeOnStop: chatflow.chargeOnStop,
      onDisconnect: chatflow.onDisconnect,
      ...(request.idempotencyKey === undefined
        ? {}
        : { idempotencyKey: request.idempotencyKey, requestHash }),
      userMessageId: newId(),
      messageId: newId(),
      startedAt: new Date(this.clock.now()),
    };
  }

  private async hold(charge: HoldRequest): Promise<void> {
    try {
      await this.ledger.hold(charge);
      this.holdMade(undefined);
    } catch (error) {
      const refused = error instanceof AppError && error.kind === 'user';
      this.metrics.holdAttempted(refused ? 'refused' : 'failed');
      if (refused) await this.discard(charge.turnId);
      else await this.giveUp(charge);
      throw error;
    }
  }

  private holdMade(planned: PlannedCharge | undefined): void {
    planned?.written();
    this.metrics.holdAttempted('held');
    this.faults.reach('held');
  }

  private chargeOf(opening: TurnOpening, accessToken: string | undefined): HoldRequest {
    return {
      userId: opening.userId,
      accountId: opening.accountId,
      turnId: opening.id,
      chatflowId: opening.chatflowId,
      amount: opening.price,
      ...(accessToken === undefined ? {} : { accessToken }),
      expiresAt: new Date(opening.startedAt.getTime() + this.config.turns.timeoutMs + HOLD_MARGIN_MS),
    };
  }

  /** The hold may have been made: a release does no harm if it was not. */
  private async giveUp(charge: HoldRequest): Promise<void> {
    try {
      await this.ledger.release({ ...charge, outcome: 'failed' });
    } catch (error) {
      this.leaveToRecovery(charge.turnId, error);
      return;
    }
    await this.discard(charge.turnId);
  }

  private async discard(turnId: string): Promise<void> {
    try {
      await this.turns.discard(turnId);
    } catch (error) {
      this.leaveToRecovery(turnId, error);
    }
  }

  private leaveToRecovery(turnId: string, error: unknown): void {
    this.log.warn({ turnId, err: error }, 'A turn whose hold failed is left to recovery');
    this.recovery.adopt(turnId);
  }
}

/** Unknown for a session that was opened before its first turn, which has yet to be named. */
function messagesBefore(session: ChatSession | undefined): { readonly messagesBefore?: number } {
  if (session === undefined) return { messagesBefore: 0 };
  return session.topic === '' ? {} : { messagesBefore: session.messageCount };
}

function hashOf(request: StartTurn): string {
  const { principal: _, idempotencyKey: __, ...asked } = request;
  return hashRequest(asked);
}

function sameRequest(turn: TurnRecord, requestHash: string | undefined): TurnRecord {
  if (turn.requestHash !== requestHash) throw errors.idempotencyKeyReused();
  return turn;
}
