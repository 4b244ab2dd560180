// `npm run test:audit [-- --full] [-- --two]`: admins change keys, users, credits and chatflows while their server is killed again and again; then the audit log is
// held against what they saw. `--two`: two instances with Redis on one database that outlives them. AUDIT_KILLS for a size of one's own; AUDIT_SEED makes the
// choices of an earlier run again.
import { parseArgs } from 'node:util';
import { AuditRun } from './audit-run.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const KILLS = { ci: 8, full: 100 } as const;

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, two: { type: 'boolean', default: false } },
});
const run = new AuditRun({
  kills: Number(process.env.AUDIT_KILLS ?? KILLS[values.full ? 'full' : 'ci']),
  admins: 6,
  instances: values.two ? 2 : 1,
  seed: process.env.AUDIT_SEED ?? String(Date.now()),
});
process.exit((await run.run()) ? 0 : 1);
