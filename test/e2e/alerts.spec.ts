import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { refusingUrl } from '../support/ports.js';
import { startTestServer } from '../support/test-server.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const { groups } = load(readFileSync('deploy/prometheus/rules.yml', 'utf8')) as {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = readFileSync('deploy/grafana/tollgate.json', 'utf8');
const runbook = readFileSync('docs/operating/runbook.md', 'utf8');

/** Prometheus makes it itself for whatever it scrapes. */
const OF_PROMETHEUS = 'up';
const METRIC = /\b(?:tollgate|nodejs|process)_[a-z0-9_]+\b/g;

const metricsIn = (text: string): string[] => [...new Set(text.match(METRIC) ?? [])];
/** Of a histogram's parts the histogram. */
const familyOf = (metric: string): string => metric.replace(/_(bucket|sum|count)$/, '');

describe('alerts and dashboard', () => {
  let known: ReadonlySet<string>;
  let text = '';

  beforeAll(async () => {
    // With all that has metrics of its own, whether it answers or not.
    const server = await startTestServer({
      MONGODB_URI: 'embedded',
      REDIS_URL: (await refusingUrl()).replace('http', 'redis'),
      OTEL_EXPORTER_OTLP_ENDPOINT: await refusingUrl(),
    });
    try {
      const { token } = await server.admin();
      await server.request.get('/accounting/reconciliation').auth(token, { type: 'bearer' }).expect(200);
      ({ text } = await server.request.get('/metrics').expect(200));
    } finally {
      await server.close();
    }
    known = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name));
  });

  it('have an entry in the runbook for each alert, and none for others', () => {
    const entries = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect([...entries].sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const { alert, annotations } of rules)
      expect(annotations.runbook_url).toBe(`docs/operating/runbook.md#${alert.toLowerCase()}`);
  });

  it('look at nothing that is not measured', () => {
    for (const { alert, expr } of rules) {
      const metrics = metricsIn(expr);
      expect([alert, metrics.length > 0 || expr.startsWith(OF_PROMETHEUS)]).toEqual([alert, true]);
      expect([alert, metrics.filter((metric) => !known.has(familyOf(metric)))]).toEqual([alert, []]);
    }
    expect(metricsIn(dashboard).filter((metric) => !known.has(familyOf(metric)))).toEqual([]);
    expect(metricsIn(runbook).filter((metric) => !known.has(familyOf(metric)))).toEqual([]);
  });

  it('show everything that the product measures', () => {
    const shown = new Set(metricsIn(dashboard).map(familyOf));
    expect([...known].filter((name) => name.startsWith('tollgate_') && !shown.has(name))).toEqual([]);
  });

  it('are told whether the instance is ready, what room there is, and that the accounts sum', () => {
    const valueOf = (metric: string) => Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(valueOf('tollgate_ready')).toBe(1);
    expect(text).toContain('tollgate_ready_check{check="database"} 1\n');
    expect(valueOf('tollgate_disk_size_bytes')).toBeGreaterThanOrEqual(valueOf('tollgate_disk_free_bytes'));
    expect(valueOf('tollgate_ledger_drift_credits')).toBe(0);
    expect(valueOf('tollgate_ledger_checked_timestamp_seconds')).toBeGreaterThan(1_700_000_000);
  });
});
