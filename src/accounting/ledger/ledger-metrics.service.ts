import { Gauge } from 'prom-client';
import { Injectable } from '@nestjs/common';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.service.js';
import type { ReconciliationReport } from './reconciliation.service.js';

/** What the last look at all accounts has found, for alerts. */
@Injectable()
export class LedgerMetrics {
  private readonly drift;
  private readonly expiredHolds;
  private readonly checkedAt;

  constructor({ own }: MetricsRegistry) {
    const gauge = (name: string, help: string) =>
      new Gauge({ name: `tollgate_ledger_${name}`, help, registers: [own] });
    this.drift = gauge('drift_credits', 'Credits by which accounts differ from their ledgers; 0 is right');
    this.expiredHolds = gauge('expired_holds', 'Holds that are open although their turns are over');
    this.checkedAt = gauge(
      'checked_timestamp_seconds',
      'When this instance last looked at all accounts; 0 for never',
    );
  }

  found({ drift, expiredHolds }: ReconciliationReport, nowMs: number): void {
    this.drift.set(drift);
    this.expiredHolds.set(expiredHolds);
    this.checkedAt.set(nowMs / 1000);
  }
}
