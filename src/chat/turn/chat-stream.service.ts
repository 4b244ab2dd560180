import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { errors } from '../../platform/errors/errors.js';
import type { HumanInput } from '../../upstream/chat-provider.port.js';
import { AdmissionService } from './admission.service.js';
import { LiveTurn } from './live-turn.js';
import { LiveTurns } from './live-turns.js';
import type { StartTurn, TurnHandle } from './start-turn.js';
import { StreamEnvironment } from './stream-environment.js';
import { TurnReplay, turnStartOf } from './turn-replay.service.js';
import { TurnRoutes } from './turn-routes.service.js';
import { TurnRunner } from './turn-runner.service.js';
import { TurnStore } from './turn-store.port.js';
import type { TurnRecord } from './turn.js';

/** What a stop has led to. */
export interface StopProof {
  readonly turn: TurnRecord;
  /** Whether the upstream confirmed that it ended its work. */
  readonly upstreamAcknowledged: boolean;
}

const STOP_POLL_MS = 200;
/** A turn that died with its process is recovered within this time. */
const STOP_WAIT_MS = 30_000;

/** The one way to a turn, for every dialect: start it, follow it, stop it, look at it. */
@Injectable()
export class ChatStreamService {
  constructor(
    private readonly environment: StreamEnvironment,
    private readonly admission: AdmissionService,
    private readonly runner: TurnRunner,
    private readonly turns: LiveTurns,
    private readonly replay: TurnReplay,
    private readonly store: TurnStore,
    private readonly routes: TurnRoutes,
  ) {}

  /**
   * Starts a turn, or attaches to the one that the same `Idempotency-Key` started. When it resolves, the turn is durable, its
   * price is held and its upstream is being called; it no longer depends on the caller.
   * @throws AppError as `AdmissionService.admit` does
   */
  async start(request: StartTurn): Promise<TurnHandle> {
    const admission = await this.admission.admit(request);
    if (admission.kind === 'attached') {
      return { turn: admission.turn, stream: await this.replay.open(admission.turn) };
    }
    const { turn: record, chatflow, rate, leave } = admission;
    const turn = new LiveTurn(record, this.environment, request.principal.accessToken);
    this.turns.add(turn);
    turn.stream.append(turnStartOf(record));
    void this.runner
      .run(turn, { routes: this.routes.of(record, chatflow, request), chunking: chatflow.chunking })
      .then(leave, leave);
    // The upstream's request goes out now; what is left to do for this one is done while that is answered.
    await immediate();
    return { turn: record, stream: turn.stream, rate };
  }

  /** @throws AppError `not_found`, also for another user's turn */
  async find(principal: Principal, turnId: string): Promise<TurnRecord> {
    const turn = await this.store.find(turnId);
    if (turn?.userId !== principal.userId) throw errors.notFound('The turn');
    return turn;
  }

  /** @throws AppError `not_found` */
  async follow(principal: Principal, turnId: string): Promise<TurnHandle> {
    const turn = await this.find(principal, turnId);
    return { turn, stream: await this.replay.open(turn) };
  }

  /**
   * Ends the turn and waits until it is settled. A turn that has ended already answers its outcome.
   * @throws AppError `not_found`, or `overloaded` when the process that ran the turn is gone and the turn is not recovered yet
   */
  async stop(principal: Principal, turnId: string): Promise<StopProof> {
    const turn = await this.find(principal, turnId);
    const live = this.turns.find(turnId);
    if (live === undefined) return { turn: await this.whenEnded(turn), upstreamAcknowledged: false };
    live.abort('stopped');
    await live.settled.wait();
    const { acknowledged } = await live.stopUpstream();
    return {
      turn: await this.whenEnded(await this.find(principal, turnId)),
      upstreamAcknowledged: acknowledged,
    };
  }

  /**
   * Answers what an agent asks of a human in a running turn, which then goes on.
   * @throws AppError `not_found`, or `conflict` when the turn does not wait for an answer, or not in this process
   */
  async provideInput(principal: Principal, turnId: string, input: HumanInput): Promise<TurnRecord> {
    const turn = await this.find(principal, turnId);
    const call = this.turns.find(turnId)?.call;
    if (call?.provideInput === undefined) throw errors.conflict('This turn is not waiting for input.');
    await call.provideInput(input);
    return turn;
  }

  private async whenEnded(turn: TurnRecord): Promise<TurnRecord> {
    let current = turn;
    for (let waited = 0; current.status === 'running'; waited += STOP_POLL_MS) {
      if (waited >= STOP_WAIT_MS) throw errors.overloaded();
      await delay(STOP_POLL_MS);
      current = (await this.store.find(turn.id)) ?? current;
    }
    return current;
  }
}
