import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { within } from '../../platform/within.js';
import { OutboxMover } from './outbox-mover.service.js';

const UPKEEP_INTERVAL_MS = 10_000;
/** What has not been moved by then is moved after the next start. */
const LAST_MOVE_MS = 3000;

/**
 * Moves left-over ledger entries at the start and every few seconds, and brings the mover to rest at the end: after the turns have settled,
 * before the database closes.
 */
@Injectable()
export class OutboxUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.run());

  constructor(
    private readonly mover: OutboxMover,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await within(
      LAST_MOVE_MS,
      this.task.stop().then(() => this.mover.drain()),
    );
  }

  private async run(): Promise<void> {
    try {
      await this.mover.moveOutboxes();
    } catch (error) {
      this.log.warn({ err: error }, 'left-over ledger entries could not be moved');
    }
  }
}
