import { Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.js';
import { InstanceId } from '../../../platform/lifecycle/instance-id.js';
import { isDatabaseExclusive } from '../../../config/exclusive-database.js';
import type { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { FIRST_CHECKPOINT_AFTER_MS, TurnStore, type Checkpoint } from '../../records/turn.store.port.js';
import { StructuredLog } from '../../../platform/logging/structured-log.js';

const CHECKPOINT_INTERVAL_MS = 1000;
/** Turns saved by one write: what keeping costs does not grow with the number of turns. With more of them each is saved less often. */
const CHECKPOINTS_PER_WRITE = 100;
/** Renewals within one lease: two may fail before the lease is lost, and a lapsed one is noticed a quarter of it late at worst. */
const RENEWALS_PER_LEASE = 4;

/**
 * Keeps the running turns of this instance: saves what they have said, up to a hundred of them with one write, and renews
 * their leases with another where other processes could take them over. Nothing of it is awaited by a turn.
 */
@Injectable()
export class TurnKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timers: NodeJS.Timeout[] = [];
  /** Checkpoints whose write failed; the next one takes them along. */
  private unsaved: Checkpoint[] = [];
  /** Turns that have not been looked at since all had been, the next one last: everybody is saved before anybody is again. */
  private round: LiveTurn[] = [];
  private saving = false;
  private renewing = false;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly instance: InstanceId,
    private readonly turns: LiveTurns,
    private readonly store: TurnStore,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.timers = [setInterval(() => this.saveCheckpoints(), CHECKPOINT_INTERVAL_MS).unref()];
    // With a database of its own there is nobody who could take a turn over.
    if (isDatabaseExclusive(this.config)) return;
    const renewalMs = this.config.turns.leaseMs / RENEWALS_PER_LEASE;
    this.timers.push(setInterval(() => void this.renewLeases(), renewalMs).unref());
  }

  beforeApplicationShutdown(): void {
    this.timers.forEach(clearInterval);
  }

  private saveCheckpoints(): void {
    if (this.saving) return;
    const checkpoints = this.unsaved.filter(({ turnId }) => this.turns.find(turnId)?.isConcluded === false);
    checkpoints.push(...this.nextCheckpoints(CHECKPOINTS_PER_WRITE - checkpoints.length));
    if (checkpoints.length === 0) return;
    const write = this.write(checkpoints);
    for (const { turnId } of checkpoints) this.turns.find(turnId)?.savedBy(write);
  }

  /** The next checkpoints of as many turns as are wanted; of fewer when all have been looked at and no more of them have anything new. */
  private nextCheckpoints(wanted: number): Checkpoint[] {
    const startedBefore = this.clock.now() - FIRST_CHECKPOINT_AFTER_MS;
    const found: Checkpoint[] = [];
    let refilled = false;
    while (found.length < wanted) {
      const turn = this.round.pop();
      if (turn !== undefined) {
        if (turn.record.startedAt.getTime() <= startedBefore) found.push(...turn.nextCheckpoint());
      } else if (refilled) {
        break;
      } else {
        refilled = true;
        this.round = this.turns.all().reverse();
      }
    }
    return found;
  }

  private async write(checkpoints: Checkpoint[]): Promise<void> {
    this.saving = true;
    try {
      await this.store.appendCheckpoints(checkpoints);
      this.unsaved = [];
    } catch (error) {
      this.unsaved = checkpoints;
      this.log.warn({ err: error }, 'Checkpoints could not be saved; the next write takes them along');
    } finally {
      this.saving = false;
    }
  }

  /**
   * A lease that another instance has taken ends its turn here; so does one that could not be renewed until it had lapsed by this process's
   * own clock, because another instance may have taken it by then.
   */
  private async renewLeases(): Promise<void> {
    const { leaseMs } = this.config.turns;
    const turns = this.turns.all();
    const now = this.clock.now();
    for (const turn of turns) if (turn.leaseEndsAt <= now) turn.abort('lease-lost');
    const records = turns.map(({ record }) => record);
    if (records.length === 0 || this.renewing) return;
    this.renewing = true;
    try {
      const owned = await this.store.renewLeases(this.instance.id, records, new Date(now + leaseMs));
      for (const turn of turns) {
        if (owned.has(turn.record.id)) turn.leaseEndsAt = now + leaseMs;
        // One that has just ended is nobody's any more.
        else if (!turn.isConcluded) turn.abort('lease-lost');
      }
    } catch (error) {
      this.log.warn({ err: error }, 'Leases could not be renewed');
    } finally {
      this.renewing = false;
    }
  }
}
