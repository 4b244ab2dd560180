import { Injectable } from '@nestjs/common';
import {
  CreditLedger,
  type HoldRequest,
  type PlannedCharge,
} from '../../../accounting/credit-ledger.port.js';
import { ChatflowAccess } from '../../../chatflows/chatflow-access.port.js';
import { ChatflowRegistry } from '../../../chatflows/chatflow-registry.port.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.js';
import { AppError } from '../../../platform/errors/app-error.js';
import { errors } from '../../../platform/errors/errors.js';
import { newId } from '../../../platform/ids.js';
import { Drain } from '../../../platform/lifecycle/drain.js';
import { StructuredLog } from '../../../platform/logging/structured-log.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.js';
import { ProviderRegistry } from '../../../upstream/chat-provider.port.js';
import { ClientCalls } from '../../client-input/client-calls.service.js';
import { ClientInput, type AcceptedInput } from '../../client-input/client-input.service.js';
import { ConversationStore, type Conversation } from '../../records/conversation.store.port.js';
import { SessionMemory, type KnownMemory } from '../../conversations/session-memory.service.js';
import { HistoryStore } from '../../records/history.store.port.js';
import { FIRST_PLACE, type SessionPlace } from '../../records/session-place.js';
import { FaultPoints } from '../../../platform/lifecycle/fault-points.js';
import { InstanceId } from '../../../platform/lifecycle/instance-id.js';
import { nothingAsked, OpenQuestions, type PendingQuestion } from './open-questions.service.js';
import { AbandonedTurns } from '../settle/abandoned-turns.js';
import { SessionOccupancy, type YieldingTurn } from './session-occupancy.service.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { TurnLimits, type RateState } from './turn-limits.service.js';
import { EarlierTurns } from './earlier-turns.service.js';
import { identify, type RequestIdentity } from './request-identity.js';
import { TurnStore, type OpenResult } from '../../records/turn.store.port.js';
import type { Lease, TurnOpening, TurnRecord } from '../../records/turn.js';

/** A hold outlives its turn by this much before it counts as orphaned. */
const HOLD_MARGIN_MS = 24 * 3600 * 1000;
/** Others can come first each time that the session has become free. */
const ENTRIES = 5;

export type Admission =
  | { readonly kind: 'attached'; readonly turn: TurnRecord; readonly input: AcceptedInput }
  | {
      readonly kind: 'admitted';
      readonly input: AcceptedInput;
      /** What it answers. */
      readonly question: PendingQuestion | undefined;
      readonly turn: TurnRecord;
      readonly chatflow: Chatflow;
      /** What the chatflow's upstream remembers of the session. */
      readonly memory: KnownMemory;
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
  readonly conversation: Conversation | undefined;
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
    private readonly input: ClientInput,
    private readonly clientCalls: ClientCalls,
    private readonly questions: OpenQuestions,
    private readonly limits: TurnLimits,
    private readonly turns: TurnStore,
    private readonly earlier: EarlierTurns,
    private readonly occupancy: SessionOccupancy,
    private readonly history: HistoryStore,
    private readonly memory: SessionMemory,
    private readonly conversations: ConversationStore,
    private readonly ledger: CreditLedger,
    private readonly instance: InstanceId,
    private readonly faults: FaultPoints,
    private readonly metrics: TurnMetrics,
    private readonly abandoned: AbandonedTurns,
    private readonly log: StructuredLog,
  ) {}

  /**
   * @throws AppError `validation_failed`, `not_found`, `chatflow_access_denied`, `idempotency_key_reused`, `turn_in_progress`, `rate_limited`, `overloaded`,
   * `insufficient_credits`, `accounting_unavailable`, `upstream_unavailable`; then nothing is stored and nothing is held
   */
  async admit(request: TurnRequest): Promise<Admission> {
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

  private async decide(request: TurnRequest): Promise<Admission> {
    const chatflow = await this.findChatflow(request);
    const input = this.input.accept(chatflow, request);
    const identity = identify(request);
    const earlier = await this.earlier.find(request, identity);
    if (earlier !== undefined) return { kind: 'attached', turn: earlier, input };
    this.drain.assertServing();
    this.providers.get(chatflow.provider);
    const question = await this.questions.of(request, chatflow);
    await this.clientCalls.assertCalled(request, request.principal.userId, request.sessionId);
    const running = this.runningHere(request);
    // Before the limits: a turn that yields frees its place, and a repeat needs none. Whoever would be refused all the same stops nothing.
    if (running !== undefined) {
      const newcomer = { ...identity, userId: request.principal.userId };
      const occupancy = await this.occupancy.enter(running, newcomer, async (turn) => {
        await this.limits.assertCouldReplace(newcomer.userId);
        await this.assertCouldPay(request, chatflow, turn);
      });
      if (occupancy.kind === 'attached')
        return { kind: 'attached', turn: await this.earlier.attach(occupancy.turn, identity), input };
    }
    const { rate, leave } = await this.limits.admit(request.principal.userId);
    try {
      const price = await this.ledger.priceOf(chatflow, request.principal.accessToken);
      const opened = await this.enter(request, chatflow, this.openingOf(request, chatflow, price, identity));
      if (opened.kind === 'attached') {
        leave();
        return { ...opened, input };
      }
      if (!opened.held) await this.hold(opened);
      const { sessionPlace, memory } = await this.lookInto(request, chatflow, opened, question);
      const turn = { ...opened.turn, sessionPlace };
      return { kind: 'admitted', turn, chatflow, input, question, memory, rate, leave };
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async findChatflow({ chatflowId, principal }: TurnRequest): Promise<Chatflow> {
    const chatflow = await this.chatflows.find(chatflowId);
    if (chatflow === undefined) throw errors.notFound('The chatflow');
    if (!(await this.access.mayUse(principal, chatflow))) throw errors.chatflowAccessDenied();
    return chatflow;
  }

  /** Before a turn is stopped, and perhaps charged, for another that there are no credits for. */
  private async assertCouldPay(
    { principal }: TurnRequest,
    chatflow: Chatflow,
    { record, isCharged }: YieldingTurn,
  ): Promise<void> {
    const price = await this.ledger.priceOf(chatflow, principal.accessToken);
    const { available } = await this.ledger.balance(principal, principal.accessToken);
    if (available + (isCharged ? 0 : record.price) < price)
      throw errors.insufficientCredits(price, available);
  }

  private runningHere({ principal, sessionId }: TurnRequest): TurnRecord | undefined {
    return sessionId === undefined ? undefined : this.occupancy.runningHere(principal.userId, sessionId);
  }

  /** Only now, because only now nothing else happens in the session. */
  private async lookInto(
    { sessionId }: TurnRequest,
    chatflow: Chatflow,
    opened: OpenedTurn,
    question: PendingQuestion | undefined,
  ): Promise<{ readonly sessionPlace: SessionPlace; readonly memory: KnownMemory }> {
    const { turn, conversation } = opened;
    if (sessionId === undefined)
      return { sessionPlace: FIRST_PLACE, memory: conversation === undefined ? {} : { conversation } };
    try {
      const [sessionPlace, memory] = await Promise.all([
        this.history.placeOf(turn),
        this.memory.find(turn, chatflow),
      ]);
      // Somebody else has answered it meanwhile.
      if (question !== undefined && sessionPlace.session?.lastTurnId !== question.turnId)
        throw nothingAsked();
      return { sessionPlace, memory };
    } catch (error) {
      await this.giveUp(opened);
      throw error;
    }
  }

  /** Opens the turn as soon as its session is free, or finds that it is a repeat of the one that runs in it. */
  private async enter(request: TurnRequest, chatflow: Chatflow, asked: TurnOpening): Promise<Opened> {
    // A session that is named by its client may have a memory already.
    const conversation = request.sessionId === undefined ? this.memory.begin(asked, chatflow) : undefined;
    for (let entry = 1; ; entry++) {
      this.drain.assertServing();
      // Named and dated anew each time: what a deletion or a watcher made of the session meanwhile is older than the turn.
      const opening = entry === 1 ? asked : { ...asked, id: newId(), startedAt: new Date(this.clock.now()) };
      const result = await this.open(opening, conversation, request.principal.accessToken);
      if ('charge' in result) return result;
      if (result.kind === 'duplicate')
        return { kind: 'attached', turn: this.earlier.assertSame(result.turn, opening.requestHash) };
      const occupancy = await this.occupancy.enter(result.turn, opening, (turn) =>
        this.assertCouldPay(request, chatflow, turn),
      );
      if (occupancy.kind === 'attached')
        return { kind: 'attached', turn: await this.earlier.attach(occupancy.turn, opening) };
      if (entry === ENTRIES) throw errors.turnInProgress(result.turn.id);
    }
  }

  private async open(
    opening: TurnOpening,
    conversation: Conversation | undefined,
    accessToken: string | undefined,
  ): Promise<OpenedTurn | Exclude<OpenResult, { kind: 'opened' }>> {
    const lease: Lease = {
      owner: this.instance.id,
      fence: 1,
      expiresAt: new Date(this.clock.now() + this.config.turns.leaseMs),
    };
    const charge = this.chargeOf(opening, accessToken);
    const planned = this.faults.partsWrites ? undefined : this.ledger.planHold(charge);
    const result = await this.openOrAdopt(opening, lease, conversation, planned);
    this.faults.reach('opened');
    if (result.kind !== 'opened') return result;
    if (result.held) this.holdMade(planned);
    const turn: TurnRecord = { status: 'running', lease, ...opening };
    const opened: OpenedTurn = { kind: 'opened', turn, charge, held: result.held, conversation };
    if (conversation !== undefined && !result.remembered) await this.remember(conversation, opened);
    return opened;
  }

  private async openOrAdopt(
    opening: TurnOpening,
    lease: Lease,
    conversation: Conversation | undefined,
    hold: PlannedCharge | undefined,
  ): Promise<OpenResult> {
    try {
      return await this.turns.open(opening, lease, {
        ...(conversation === undefined ? {} : { conversation: this.conversations.planInsert(conversation) }),
        ...(hold === undefined ? {} : { hold: hold.write }),
      });
    } catch (error) {
      // It may have been written all the same; nobody else would ever free its session and its key.
      this.abandoned.add(opening);
      throw error;
    }
  }

  private async remember(conversation: Conversation, opened: OpenedTurn): Promise<void> {
    try {
      await this.conversations.insert(conversation);
    } catch (error) {
      await this.giveUp(opened);
      throw error;
    }
  }

  private openingOf(
    request: TurnRequest,
    chatflow: Chatflow,
    price: number,
    identity: RequestIdentity,
  ): TurnOpening {
    const { regenerates, continues } = request;
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
      ...(chatflow.chargeOn === undefined ? {} : { chargeOn: chatflow.chargeOn }),
      onDisconnect: chatflow.onDisconnect,
      ...identity,
      ...(regenerates === undefined ? {} : { regenerates }),
      ...(continues === undefined ? {} : { continues }),
      userMessageId: newId(),
      messageId: newId(),
      startedAt: new Date(this.clock.now()),
    };
  }

  private async hold(opened: OpenedTurn): Promise<void> {
    try {
      await this.ledger.hold(opened.charge);
      this.holdMade(undefined);
    } catch (error) {
      const refused = error instanceof AppError && error.kind === 'user';
      this.metrics.holdAttempted(refused ? 'refused' : 'failed');
      if (refused) await this.discard(opened);
      else await this.giveUp(opened);
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
  private async giveUp(opened: OpenedTurn): Promise<void> {
    try {
      await this.ledger.release({ ...opened.charge, outcome: 'failed' });
    } catch (error) {
      this.leaveToRecovery(opened.turn, error);
      return;
    }
    await this.discard(opened);
  }

  private async discard({ turn, conversation }: OpenedTurn): Promise<void> {
    try {
      if (conversation !== undefined) await this.conversations.discard(conversation);
      await this.turns.discard(turn);
    } catch (error) {
      this.leaveToRecovery(turn, error);
    }
  }

  private leaveToRecovery(turn: TurnRecord, error: unknown): void {
    this.log.warn({ turnId: turn.id, err: error }, 'A turn whose hold failed is left to recovery');
    this.abandoned.add(turn);
  }
}
