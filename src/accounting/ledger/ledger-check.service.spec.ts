import { loadConfig } from '../../config/load-config.js';
import { InstanceId } from '../../cluster/instance-id.js';
import { createLog } from '../../platform/logging/create-log.js';
import { MetricsRegistry } from '../../platform/metrics/metrics-registry.service.js';
import { LedgerCheck } from './ledger-check.service.js';
import { LedgerMetrics } from './ledger-metrics.service.js';
import type { ReconciliationReport } from './reconciliation.service.js';

const REPORT: ReconciliationReport = {
  accounts: 2,
  openHolds: 1,
  expiredHolds: 1,
  drift: 3,
  keyDrift: 0,
  inMotion: 0,
  unbalanced: [],
  unbalancedKeys: [],
};

describe('LedgerCheck', () => {
  let logged: string;
  let registry: MetricsRegistry;

  function checkOf(run: () => Promise<ReconciliationReport>, instances: readonly string[]): LedgerCheck {
    logged = '';
    registry = new MetricsRegistry();
    return new LedgerCheck(
      { run } as never,
      new LedgerMetrics(registry),
      { list: async () => instances.map((id) => ({ id })) } as never,
      new InstanceId('this'),
      { now: () => 5000 },
      loadConfig({}),
      createLog({ level: 'warn' }, { write: (line) => (logged += line) }),
    );
  }
  const metric = async (name: string) =>
    new RegExp(`^tollgate_ledger_${name} (.*)$`, 'm').exec(await registry.text())?.[1];

  it('tells the metrics and the log what it has found', async () => {
    await checkOf(async () => REPORT, ['this', 'other']).lookIfOldest();
    expect(await metric('drift_credits')).toBe('3');
    expect(await metric('expired_holds')).toBe('1');
    expect(await metric('checked_timestamp_seconds')).toBe('5');
    expect(logged).toContain('The accounts do not sum');
  });

  it('leaves it to an older instance', async () => {
    await checkOf(async () => REPORT, ['other', 'this']).lookIfOldest();
    expect(await metric('checked_timestamp_seconds')).toBe('0');
  });

  it('does not count a look that failed', async () => {
    await checkOf(() => Promise.reject(new Error('away')), []).lookIfOldest();
    expect(await metric('checked_timestamp_seconds')).toBe('0');
    expect(logged).toContain('could not be looked at');
  });
});
