// `npm run test:faults`: kills a real server under load again and again and judges what every client saw and what is left. FAULT_KILLS=20
// FAULT_TURNS=1000 for a quick run; FAULT_SEED makes the choices of an earlier run again.
import { FaultRun } from './fault-run.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const isShort = process.env.CI !== undefined;
const kills = Number(process.env.FAULT_KILLS ?? (isShort ? 5 : 210));
const run = await FaultRun.prepare({
  randomKills: kills,
  roundsPerFaultPoint: Number(process.env.FAULT_ROUNDS ?? (kills >= 100 ? 4 : 1)),
  turns: Number(process.env.FAULT_TURNS ?? (isShort ? 1000 : 5000)),
  clients: Number(process.env.FAULT_CLIENTS ?? 64),
  seed: process.env.FAULT_SEED ?? String(Date.now()),
});
const passed = await run.run();
process.exit(passed ? 0 : 1);
