import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { isFor, type Principal } from '../../contract/principal.js';
import { errors } from '../../platform/errors/errors.js';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { Tracing } from '../../platform/tracing/tracing.port.js';
import type { HumanInput, StopReceipt } from '../../upstream/chat-provider.port.js';
import { wellFormed } from '../events/well-formed.js';
import { HistoryStore } from '../records/history.store.port.js';
import { SessionTitles } from '../titles/session-titles.service.js';
import { AdmissionService } from './admit/admission.service.js';
import { Eligibility } from './admit/eligibility.service.js';
import { LiveTurn } from './run/live-turn.js';
import { LiveTurns } from './run/live-turns.js';
import { identify } from './admit/request-identity.js';
import type { TurnRequest } from '../records/turn-request.js';
import type { TurnHandle } from './turn-handle.js';
import { StreamContext } from './log/stream-context.js';
import { TurnReplay } from './follow/turn-replay.service.js';
import { turnStartOf } from './log/stored-streams.service.js';
import { UpstreamRoutes } from './run/upstream-routes.service.js';
import { TurnRunner } from './run/turn-runner.service.js';
import { TurnCommands } from './turn-commands.service.js';
import { TurnStore } from '../records/turn.store.port.js';
import { AuthorityWatch } from './own/authority-watch.service.js';
import { OpenReadings } from './log/open-readings.service.js';
import type { FrameSink, TurnEncoder } from './log/subscription.js';
import type { TurnStream } from './log/turn-stream.js';
import { SessionOccupancy } from './admit/session-occupancy.service.js';
import { ToldTurns } from './own/told-turns.service.js';
import { TurnWatch } from './own/turn-watch.service.js';
import type { TurnRecord } from '../records/turn.js';

/** What a stop has led to. */
export interface StopProof {
  readonly turn: TurnRecord;
  /** Whether the upstream confirmed that it ended its work. */
  readonly upstreamAcknowledged: boolean;
}

/** A turn that ended this long ago is replayed to whoever resumes its session. */
const REPLAYED_FOR_MS = 5 * 60_000;
const STOP_POLL_MS = 200;
/** A turn that died with its process is recovered within this time. */
const STOP_WAIT_MS = 30_000;

/** The one way to a turn, for every dialect: start it, follow it, stop it, look at it. */
@Injectable()
export class ChatStreamService {
  constructor(
    private readonly context: StreamContext,
    private readonly admission: AdmissionService,
    private readonly eligibility: Eligibility,
    private readonly runner: TurnRunner,
    private readonly turns: LiveTurns,
    private readonly replay: TurnReplay,
    private readonly store: TurnStore,
    private readonly routes: UpstreamRoutes,
    private readonly watch: TurnWatch,
    private readonly history: HistoryStore,
    private readonly commands: TurnCommands,
    private readonly told: ToldTurns,
    private readonly occupancy: SessionOccupancy,
    private readonly titles: SessionTitles,
    private readonly readings: OpenReadings,
    private readonly authority: AuthorityWatch,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Starts a turn, or attaches to the one that the same request started. When it resolves, the turn is durable, its
   * price is held and its upstream is being called; it no longer depends on the caller.
   * @throws AppError as `AdmissionService.admit` does
   */
  async start(asked: TurnRequest): Promise<TurnHandle> {
    const request = wellFormedRequest(asked);
    const admission = await this.tracing.span('admission', {}, async (span) => {
      const decided = await this.admission.admit(request);
      const { id, chatflowId } = decided.turn;
      span.note({
        'tollgate.turn.id': id,
        'tollgate.chatflow.id': chatflowId,
        'tollgate.admission': decided.kind,
      });
      return decided;
    });
    if (admission.kind === 'attached') {
      const turn = await this.told.keep(admission.turn);
      if (turn === undefined) {
        // It never began: the repeat is what asks for it, as soon as it is gone.
        await this.occupancy.whenEnded(admission.turn);
        return this.start(asked);
      }
      return this.attach(asked.principal, turn, admission.input.ignored);
    }
    const { turn: record, chatflow, input, asked: whole, question, memory, rate, leave } = admission;
    const turn = new LiveTurn(record, this.context, request.principal.accessToken, this.watch);
    turn.answers = question?.asks;
    turn.askedBy = withoutConnection(request.principal);
    this.turns.add(turn);
    this.authority.begun(turn);
    turn.stream.append(turnStartOf(record));
    const routes = this.routes.of(turn, { chatflow, asked: whole, input, memory });
    void this.traced(record, async () => {
      const outcome = await this.runner.run(turn, { routes, chunking: chatflow.chunking });
      // Below the turn in its trace, which its end may be the end of.
      if (outcome === 'completed') this.titles.begin(record, turn.answer.text, chatflow);
    }).then(leave, leave);
    // The upstream's request goes out now; what is left to do for this one is done while that is answered.
    await immediate();
    const handle = this.handleOf(request.principal, record, turn.stream, true);
    return { attached: false, ignored: input.ignored, rate, ...handle };
  }

  /** @throws AppError `not_found`, also for another user's turn, and for one of a chatflow that the caller's key is not for */
  async find(principal: Principal, turnId: string): Promise<TurnRecord> {
    const turn = await this.store.find(principal.userId, turnId);
    if (turn === undefined || !isFor(principal, turn.chatflowId)) throw errors.notFound('The turn');
    return turn;
  }

  /** @throws AppError `not_found` */
  async follow(principal: Principal, turnId: string): Promise<TurnHandle> {
    const turn = await this.told.keep(await this.find(principal, turnId));
    if (turn === undefined) throw errors.notFound('The turn');
    return this.attach(principal, turn);
  }

  /**
   * The turn that runs in a session, or the one that ended in it within the last minutes: a client that was cut off would take half an answer
   * for a whole one.
   * @returns undefined when there is none, also when nobody knows the session
   */
  async followLatest(principal: Principal, sessionId: string): Promise<TurnHandle | undefined> {
    const running = await this.findRunning(principal, sessionId);
    const turn = (running && (await this.told.keep(running))) ?? (await this.lastEnded(principal, sessionId));
    return turn && this.attach(principal, turn);
  }

  /**
   * The turn that the same request has started, if its client was cut off before its end, and it has completed within the last minutes: for
   * clients that can only ask again.
   * @param turnId the last turn of the session
   */
  async followCut(request: TurnRequest, turnId: string): Promise<TurnHandle | undefined> {
    const { principal } = request;
    const turn = await this.store.find(principal.userId, turnId);
    if (turn !== undefined && !isFor(principal, turn.chatflowId)) return undefined;
    if (turn?.status !== 'completed' || turn.cutOff !== true || !this.hasJustEnded(turn)) return undefined;
    if (turn.requestHash !== identify(request).requestHash) return undefined;
    return this.attach(principal, turn);
  }

  /** Notes whether the client that asked was cut off before it got the end. Never rejects. */
  async noteCut(turn: TurnRecord, cutOff: boolean): Promise<void> {
    try {
      await this.store.noteCut(turn, cutOff);
    } catch (error) {
      this.log.warn({ turnId: turn.id, err: error }, 'That a client was cut off could not be noted');
    }
  }

  /** The turn that runs in a session. */
  async findRunning(principal: Principal, sessionId: string): Promise<TurnRecord | undefined> {
    const [running] = await this.store.findRunning(principal.userId, [sessionId]);
    return running !== undefined && isFor(principal, running.chatflowId) ? running : undefined;
  }

  /** The turn's own span: it goes on when the request that has begun it is over. */
  private traced<T>({ id, chatflowId, provider }: TurnRecord, run: () => Promise<T>): Promise<T> {
    const attributes = {
      'tollgate.turn.id': id,
      'tollgate.chatflow.id': chatflowId,
      'tollgate.provider': provider,
    };
    return this.tracing.span('turn', { attributes }, run);
  }

  private async attach(
    principal: Principal,
    turn: TurnRecord,
    ignored: TurnHandle['ignored'] = [],
  ): Promise<TurnHandle> {
    this.tracing.current.note({ 'tollgate.turn.id': turn.id });
    this.tracing.current.link(turn.traceparent);
    const handle = this.handleOf(principal, turn, await this.replay.open(turn));
    return { attached: true, ignored, ...handle };
  }

  private handleOf(principal: Principal, turn: TurnRecord, stream: TurnStream, hasBegunIt = false) {
    const reader = { principal, chatflowId: turn.chatflowId, stream, hasBegunIt };
    return {
      turn,
      stream,
      subscribe: (encoder: TurnEncoder, sink: FrameSink, after: number) =>
        this.readings.subscribe(reader, encoder, sink, after),
      watch: (onRevoked: () => void) => this.readings.watch(reader, onRevoked),
    };
  }

  private async lastEnded(principal: Principal, sessionId: string): Promise<TurnRecord | undefined> {
    const { userId } = principal;
    const turnId = (await this.history.findSession(userId, sessionId))?.lastTurnId;
    const turn = turnId === undefined ? undefined : await this.store.find(userId, turnId);
    return turn !== undefined && isFor(principal, turn.chatflowId) && this.hasJustEnded(turn)
      ? turn
      : undefined;
  }

  private hasJustEnded({ settlement }: TurnRecord): boolean {
    return this.clock.now() - (settlement?.endedAt.getTime() ?? 0) <= REPLAYED_FOR_MS;
  }

  /**
   * Ends the turn and waits until it is settled. A turn that has ended already answers its outcome.
   * @throws AppError `not_found`, or `overloaded` when the process that ran the turn is gone and the turn is not recovered yet
   */
  async stop(principal: Principal, turnId: string): Promise<StopProof> {
    const turn = await this.find(principal, turnId);
    const receipt = (await this.commands.stopHere(turn)) ?? (await this.stopElsewhere(turn));
    return {
      turn: await this.whenEnded(await this.find(principal, turnId)),
      upstreamAcknowledged: receipt?.acknowledged ?? false,
    };
  }

  /**
   * Answers what an agent asks of a human in a running turn, which then goes on.
   * @throws AppError `not_found`, `chatflow_disabled`, `conflict` when the turn does not wait for an answer, `overloaded` when the instance that runs it is not heard
   */
  async provideInput(principal: Principal, turnId: string, input: HumanInput): Promise<TurnRecord> {
    const turn = await this.find(principal, turnId);
    await this.eligibility.assertStillEnabled(principal, turn.chatflowId);
    const { commands } = this;
    const isTaken =
      (await commands.provideInputHere(turn, input)) ||
      (turn.status === 'running' && (await commands.provideInputThere(turn, input)));
    if (!isTaken) throw errors.conflict('This turn is not waiting for input.');
    return turn;
  }

  /** Its instance is asked, and also looks for such wishes every second: the wish counts without a bus, and when the instance is just dying. */
  private async stopElsewhere(turn: TurnRecord): Promise<StopReceipt | undefined> {
    if (turn.status !== 'running') return undefined;
    const [receipt] = await Promise.all([
      this.commands.stopThere(turn),
      this.store.requestStop(turn, new Date(this.clock.now())),
    ]);
    return receipt;
  }

  private async whenEnded(turn: TurnRecord): Promise<TurnRecord> {
    let current = turn;
    for (let waited = 0; current.status === 'running'; waited += STOP_POLL_MS) {
      if (waited >= STOP_WAIT_MS) throw errors.overloaded();
      await delay(STOP_POLL_MS);
      const found = await this.store.find(turn.userId, turn.id);
      // Its session was deleted meanwhile, or its hold was refused.
      if (found === undefined) throw errors.notFound('The turn');
      current = found;
    }
    return current;
  }
}

/** A turn may outlive the connection on which it was asked. */
function withoutConnection(principal: Principal): Principal {
  return { ...principal, connection: undefined };
}

/** What is asked is stored, and told to upstreams now and in later turns: it has to be the same text each time. */
function wellFormedRequest(request: TurnRequest): TurnRequest {
  const { question, history } = request;
  const isWellFormed =
    question.isWellFormed() && history?.every(({ content }) => content.isWellFormed()) !== false;
  if (isWellFormed) return request;
  return {
    ...request,
    question: wellFormed(question),
    ...(history === undefined
      ? {}
      : { history: history.map((entry) => ({ ...entry, content: wellFormed(entry.content) })) }),
  };
}
