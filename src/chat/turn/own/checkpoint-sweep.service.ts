import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { StructuredLog } from '../../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../../platform/repeating-task.js';
import { TurnStore } from '../../records/turn.store.port.js';

/** How old a checkpoint is when it is looked at, and how often that is done: longer than most turns run. */
const SWEEP_LEASES = 10;

/**
 * An owner that is cut off may send a piece of its answer which arrives when the turn has been settled without it, and die before it can take that back.
 * Such pieces are looked for and dropped, by every instance: whoever settled the turn may be gone as well.
 */
@Injectable()
export class CheckpointSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task: RepeatingTask;
  private readonly ageMs: number;

  constructor(
    private readonly turns: TurnStore,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    config: AppConfig,
  ) {
    this.ageMs = SWEEP_LEASES * config.turns.leaseMs;
    // Nothing that has come with this start is old enough yet, and what was there before waits as long as anything else.
    this.task = new RepeatingTask(this.ageMs, () => this.sweep(), { first: 'after-interval' });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  private async sweep(): Promise<void> {
    try {
      const dropped = await this.turns.dropOrphanedCheckpoints(new Date(this.clock.now() - this.ageMs));
      if (dropped > 0) this.log.info({ checkpoints: dropped }, 'Checkpoints of ended turns were dropped');
    } catch (error) {
      this.log.warn(
        { err: error },
        'Checkpoints of ended turns could not be looked for; the next time goes on',
      );
    }
  }
}
