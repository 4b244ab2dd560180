import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { InstanceId } from '../../cluster/instance-id.js';
import { InstanceStore } from '../../cluster/instance.store.port.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import { LedgerMetrics } from './ledger-metrics.service.js';
import { Reconciliation, type ReconciliationReport } from './reconciliation.service.js';

const SECOND_MS = 1000;

/** Proves now and then that every account sums, so that somebody hears of it if one does not. Of several instances the oldest looks. */
@Injectable()
export class LedgerCheck implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly task: RepeatingTask;

  constructor(
    private readonly books: Reconciliation,
    private readonly metrics: LedgerMetrics,
    private readonly instances: InstanceStore,
    private readonly instance: InstanceId,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly log: StructuredLog,
  ) {
    const { checkIntervalS } = config.accounting;
    this.task = new RepeatingTask(checkIntervalS * SECOND_MS, () => this.lookIfOldest(), {
      first: 'after-interval',
    });
  }

  onApplicationBootstrap(): void {
    const { checkIntervalS, externalUrl } = this.config.accounting;
    if (checkIntervalS > 0 && externalUrl === undefined) this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** Looks at every account. @throws AppError `accounting_unavailable` */
  async look(): Promise<ReconciliationReport> {
    const report = await this.books.run();
    this.metrics.found(report, this.clock.now());
    const { drift, keyDrift, expiredHolds, unbalanced, unbalancedKeys } = report;
    if (drift !== 0 || keyDrift !== 0 || expiredHolds !== 0)
      this.log.error(
        { drift, keyDrift, expiredHolds, unbalanced, unbalancedKeys },
        'The accounts do not sum',
      );
    return report;
  }

  /** Never rejects. */
  async lookIfOldest(): Promise<void> {
    try {
      const [oldest] = await this.instances.list(1);
      if (oldest === undefined || oldest.id === this.instance.id) await this.look();
    } catch (error) {
      this.log.warn({ err: error }, 'The accounts could not be looked at');
    }
  }
}
