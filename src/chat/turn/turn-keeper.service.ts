import { Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.js';
import { InstanceId, isAlone } from './instance-id.js';
import { LiveTurns } from './live-turns.js';
import { FIRST_CHECKPOINT_AFTER_MS, TurnStore, type Checkpoint } from './turn-store.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.js';

const CHECKPOINT_INTERVAL_MS = 1000;
/**
 * Turns saved by one write: what keeping costs does not grow with the number of turns. With more of them each is saved less often, those
 * that wait longest first.
 */
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
    const startedBefore = this.clock.now() - FIRST_CHECKPOINT_AFTER_MS;
    const checkpoints = this.unsaved.filter(({ turnId }) => this.turns.find(turnId)?.isConcluded === false);
    const waiting = this.turns
      .all()
      .filter((turn) => turn.record.startedAt.getTime() <= startedBefore && turn.hasUnsaved)
      .sort((a, b) => a.savedAt - b.savedAt);
    for (const turn of waiting.slice(0, Math.max(0, CHECKPOINTS_PER_WRITE - checkpoints.length)))
      checkpoints.push(...turn.nextCheckpoint());
    if (checkpoints.length === 0) return;
    const write = this.write(checkpoints);
    for (const { turnId } of checkpoints) this.turns.find(turnId)?.savedBy(write);
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
