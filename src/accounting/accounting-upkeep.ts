import type { OnApplicationBootstrap, BeforeApplicationShutdown } from '@nestjs/common';
import type { StructuredLog } from '../platform/logging/structured-log.js';
import type { ChargeDelivery } from './external/charge-delivery.js';
import type { RetryingHttp } from './external/retrying-http.js';
import type { OutboxMover } from './ledger/outbox-mover.js';
import { RepeatingTask } from '../platform/repeating-task.js';

const UPKEEP_INTERVAL_MS = 10_000;
/** What has not been moved by then is moved after the next start. */
const LAST_MOVE_MS = 3000;

/** The parts of an external service's ledger that need upkeep. */
export interface ExternalParts {
  readonly delivery: ChargeDelivery;
  readonly http: RetryingHttp;
}

/**
 * Moves left-over ledger entries and delivers left-over decisions, at the start and every few seconds, and brings both to rest
 * at the end: after the turns have settled, before the database closes.
 */
export class AccountingUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.run());

  constructor(
    private readonly mover: OutboxMover,
    private readonly external: ExternalParts | undefined,
    private readonly log: StructuredLog,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.race([this.rest(), afterAWhile(LAST_MOVE_MS)]);
    await this.external?.http.close();
  }

  private async run(): Promise<void> {
    try {
      await this.mover.moveOutboxes();
    } catch (error) {
      this.log.warn({ err: error }, 'left-over ledger entries could not be moved');
    }
    await this.external?.delivery.recover();
  }

  private async rest(): Promise<void> {
    await this.task.stop();
    await this.mover.drain();
    await this.external?.delivery.drain();
  }
}

function afterAWhile(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
