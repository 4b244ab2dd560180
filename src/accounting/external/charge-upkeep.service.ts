import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { within } from '../../platform/within.js';
import { ChargeDelivery } from './charge-delivery.service.js';
import { RetryingHttp } from './retrying-http.client.js';

const UPKEEP_INTERVAL_MS = 10_000;
/** What has not been delivered by then is delivered after the next start. */
const LAST_DELIVERY_MS = 3000;

/**
 * Delivers left-over decisions to the external service at the start and every few seconds, and brings that to rest at the end: after the
 * turns have settled, before the database closes.
 */
@Injectable()
export class ChargeUpkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task = new RepeatingTask(UPKEEP_INTERVAL_MS, () => this.delivery.recover());

  constructor(
    private readonly delivery: ChargeDelivery,
    private readonly http: RetryingHttp,
  ) {}

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await within(
      LAST_DELIVERY_MS,
      this.task.stop().then(() => this.delivery.drain()),
    );
    await this.http.close();
  }
}
