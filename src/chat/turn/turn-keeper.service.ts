import { Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.js';
import { InstanceId, isAlone } from './instance-id.js';
import type { LiveTurn } from './live-turn.js';
import { LiveTurns } from './live-turns.js';
import { FIRST_CHECKPOINT_AFTER_MS, TurnStore, type Checkpoint } from './turn-store.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';

const CHECKPOINT_INTERVAL_MS = 1000;
/** Turns saved by one write: what keeping costs does not grow with the number of turns. With more of them each is saved less often. */
const CHECKPOINTS_PER_WRITE = 100;
/** Renewals within one lease: two may fail before the lease is lost. */
const RENEWALS_PER_LEASE = 3;

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
    if (isAlone(this.config)) return;
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

  private async renewLeases(): Promise<void> {
    const turnIds = this.turns.all().map((turn) => turn.record.id);
    if (turnIds.length === 0) return;
    try {
      await this.store.renewLeases(
        this.instance.id,
        turnIds,
        new Date(this.clock.now() + this.config.turns.leaseMs),
      );
    } catch (error) {
      this.log.warn({ err: error }, 'Leases could not be renewed');
    }
  }
}
