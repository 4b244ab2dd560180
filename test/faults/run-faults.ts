// `npm run test:faults [-- --full] [-- --mongodb7]`: kills a real server under load again and again and judges what every client saw and what is left.
// `--mongodb7`: on a database that outlives the servers and answers as MongoDB 7 does, so that nothing is written at once.
// FAULT_KILLS, FAULT_ROUNDS (of each fault point), FAULT_TURNS and FAULT_CLIENTS for a size of one's own; FAULT_SEED makes the choices of
// an earlier run again.
import { parseArgs } from 'node:util';
import { FaultRun } from './fault-run.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const SIZES = {
  /** Each fault point once: what every change must hold. */
  ci: { kills: 5, rounds: 1, turns: 1000 },
  full: { kills: 210, rounds: 4, turns: 5000 },
} as const;

const { values } = parseArgs({
  options: { full: { type: 'boolean', default: false }, mongodb7: { type: 'boolean', default: false } },
});
const size = SIZES[values.full ? 'full' : 'ci'];
const run = await FaultRun.prepare({
  randomKills: Number(process.env.FAULT_KILLS ?? size.kills),
  roundsPerFaultPoint: Number(process.env.FAULT_ROUNDS ?? size.rounds),
  turns: Number(process.env.FAULT_TURNS ?? size.turns),
  clients: Number(process.env.FAULT_CLIENTS ?? 64),
  mongodb7: values.mongodb7,
  seed: process.env.FAULT_SEED ?? String(Date.now()),
});
const passed = await run.run();
process.exit(passed ? 0 : 1);
