import { Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { TurnMetrics } from '../../../platform/metrics/turn-metrics.service.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { isDatabaseExclusive } from '../../../config/exclusive-database.js';
import { RepeatingTask } from '../../../platform/repeating-task.js';
import { Tracing } from '../../../platform/tracing/tracing.port.js';
import { decideInterrupted } from '../settle/outcome.policy.js';
import { AbandonedTurns, type Abandoned } from '../settle/abandoned-turns.service.js';
import { UnbegunTurns, type UnbegunTurn } from '../settle/unbegun-turns.service.js';
import { LeaseLost, SettlementService, settleRequestOf } from '../settle/settlement.service.js';
import { bytesOf } from '../../records/attachment.js';
import { joinAnswers } from '../../records/stored-answer.js';
import { LateOpenings } from './late-openings.service.js';
import { UnfinishedDeletions } from './unfinished-deletions.port.js';
import { TurnStore } from '../../records/turn.store.port.js';
import type { Settlement, TurnRecord } from '../../records/turn.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';

/** More or less: instances must not look at the same moment. */
const RECOVERY_INTERVAL_MS = 2000;
/** A crash leaves as many turns as were running; most of a recovery is waiting for the database. */
const RECOVERIES_AT_ONCE = 16;
/**
 * Where the end of a recovered turn lies: behind everything that any client can have seen before the crash, which is more than
 * the checkpoints hold.
 */
const RECOVERED_POSITION = 2 ** 40;

/** No answer of a database comes this late. */
const MARKER_LIFETIME_MS = 24 * 3600 * 1000;

/** Settles the turns whose owner died: at start and every few seconds, never those of a living owner. */
@Injectable()
export class RecoveryService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly passes = new RepeatingTask(RECOVERY_INTERVAL_MS, () => this.pass());
  private stopped = false;
  /** A turn may have been taken over without our knowing which. */
  private mayHaveLostOne = false;
  /** The last look ended with nothing left to take over. */
  private hasTakenAll = false;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
    private readonly turns: TurnStore,
    private readonly settlement: SettlementService,
    private readonly abandoned: AbandonedTurns,
    private readonly unbegun: UnbegunTurns,
    private readonly deletions: UnfinishedDeletions,
    private readonly late: LateOpenings,
    private readonly metrics: TurnMetrics,
    private readonly log: StructuredLog,
    private readonly tracing: Tracing,
  ) {}

  onApplicationBootstrap(): void {
    this.passes.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.passes.stop();
  }

  /**
   * Takes over and settles every turn whose lease has expired. Never rejects: what fails is left to the next pass.
   */
  async pass(): Promise<void> {
    try {
      for (const deletion of this.deletions.takeUnfinished()) this.abandoned.add(deletion);
      if (this.mayHaveLostOne) await this.noteTakenOver();
      for (const abandoned of this.abandoned.list()) await this.recoverAbandoned(abandoned);
    } catch (error) {
      this.log.error({ err: error }, 'Recovery was cut short; the next pass goes on');
    }
    // All that the process before has left was found once, and only this one makes turns.
    if (this.hasTakenAll && isDatabaseExclusive(this.config)) return;
    await this.takeOverExpired();
    this.hasTakenAll = !this.mayHaveLostOne && !this.stopped;
  }

  private async takeOverExpired(): Promise<void> {
    // Mostly there is nothing to find, and one look tells.
    const first = await this.takeOver();
    if (first === undefined) return;
    await Promise.all([
      this.recover(first).then(() => this.takeOverAll()),
      ...Array.from({ length: RECOVERIES_AT_ONCE - 1 }, () => this.takeOverAll()),
    ]);
  }

  private async takeOverAll(): Promise<void> {
    for (;;) {
      const turn = await this.takeOver();
      if (turn === undefined) return;
      await this.recover(turn);
    }
  }

  private async takeOver(): Promise<TurnRecord | undefined> {
    if (this.stopped) return undefined;
    try {
      const now = this.clock.now();
      const expiresAt = new Date(now + this.config.turns.leaseMs);
      // Whatever still runs in a database of our own belonged to the process before, however long its lease.
      const before = new Date(isDatabaseExclusive(this.config) ? now + this.config.turns.leaseMs * 2 : now);
      return await this.turns.takeOver(this.instance.id, before, expiresAt);
    } catch (error) {
      this.mayHaveLostOne = true;
      this.log.error({ err: error }, 'Recovery was cut short; the next pass goes on');
      return undefined;
    }
  }

  /** Passes run one after the other, so whatever this instance has taken over and not settled is nobody's work now. */
  private async noteTakenOver(): Promise<void> {
    for (const turn of await this.turns.findTakenOver(this.instance.id)) this.abandoned.add(turn);
    this.mayHaveLostOne = false;
  }

  private async recoverAbandoned({ turn: abandoned, unbegun }: Abandoned): Promise<void> {
    const { id, userId, sessionId } = abandoned;
    const expiresAt = new Date(this.clock.now() + MARKER_LIFETIME_MS);
    // An opening whose answer was lost may still be on its way: it must not be made behind our look, when nobody would ever end it.
    const isOpened = !(await this.turns.preclude(abandoned, expiresAt));
    const turn = isOpened ? await this.turns.findOccupant(userId, sessionId) : undefined;
    const isRunning = turn?.id === id;
    // Whoever has taken it over could not know that there is nothing to settle.
    if (isRunning && unbegun !== undefined && turn.isTold !== true && turn.settlement === undefined)
      return this.undo(unbegun);
    // Whoever took it over brings it to its end; only then it is clear what is left of it.
    if (isRunning && turn.lease?.owner !== this.instance.id) return;
    this.abandoned.remove(id);
    if (isRunning) await this.recover(turn);
    // What this instance said last may have been saved behind the end that another one has made.
    else if (isOpened) await this.turns.dropCheckpoints(abandoned);
  }

  private async undo(unbegun: UnbegunTurn): Promise<void> {
    const { id: turnId, userId } = unbegun.turn;
    try {
      // Somebody may just have been told of it: the next pass sees what is to be done.
      if (!(await this.unbegun.undo(unbegun))) return;
      this.abandoned.remove(turnId);
      this.log.info({ turnId, userId }, 'A turn that did not begin was undone');
    } catch (error) {
      this.log.error({ turnId, err: error }, 'A turn that did not begin could not be undone yet');
    }
  }

  private async recover(turn: TurnRecord): Promise<void> {
    try {
      if (turn.kind === 'deletion') {
        await this.deletions.carryOut(turn);
        return;
      }
      const deletedAt = await this.late.deletionBefore(turn);
      if (deletedAt !== undefined) {
        await this.undoBehindDeletion(turn, deletedAt);
        return;
      }
      const decision = turn.settlement ?? (await this.decisionFromCheckpoints(turn));
      const charged = await this.traced(turn, () =>
        turn.settlement === undefined
          ? this.settlement.settleInSteps(turn, decision)
          : this.settlement.complete(turn, decision),
      );
      this.metrics.turnRecovered(decision.outcome, turn.provider);
      this.log.info({ turnId: turn.id, userId: turn.userId, charged }, 'A turn was recovered');
    } catch (error) {
      if (error instanceof LeaseLost) return;
      this.abandoned.add(turn);
      this.log.error({ turnId: turn.id, err: error }, 'A turn could not be recovered yet');
    }
  }

  /** Settled, it would bring its session back with its question. */
  private async undoBehindDeletion(turn: TurnRecord, deletedAt: Date): Promise<void> {
    const { id: turnId, userId } = turn;
    // Its owner may have called the upstream.
    await this.deletions.forgetMemories(turn, deletedAt);
    const charge = settleRequestOf(turn, { outcome: 'failed' });
    // Somebody may just have been told of it, or decided it: the next pass sees what is to be done.
    if (!(await this.unbegun.undo({ turn, charge, conversation: undefined }))) this.abandoned.add(turn);
    else this.log.info({ turnId, userId }, 'A turn that came behind the deletion of its session was undone');
  }

  /** In the trace of whoever began the turn. */
  private traced({ id, traceparent }: TurnRecord, settle: () => Promise<number>): Promise<number> {
    if (traceparent === undefined) return settle();
    const attributes = { 'tollgate.turn.id': id, 'tollgate.recovered': true };
    return this.tracing.span('settlement', { attributes, parent: { traceparent } }, settle);
  }

  private async decisionFromCheckpoints(turn: TurnRecord): Promise<Settlement> {
    const answer = joinAnswers(await this.turns.checkpoints(turn));
    return decideInterrupted({
      question: turn.question,
      attachedBytes: bytesOf(turn.attachments),
      answer,
      chargeOnStop: turn.chargeOnStop,
      measures: { textEvents: 0, characters: answer.text.length, repairedEvents: 0 },
      position: RECOVERED_POSITION,
      endedAt: new Date(this.clock.now()),
      forks: turn.regenerates !== undefined || turn.follows !== undefined,
    });
  }
}
