// `npm run test:faults`: kills a real server under load again and again and judges what is left. FAULT_KILLS=20 for a quick run.
import { FaultRun } from './fault-run.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const kills = Number(process.env.FAULT_KILLS ?? 210);
const run = await FaultRun.prepare({
  randomKills: kills,
  roundsPerFaultPoint: Number(process.env.FAULT_ROUNDS ?? (kills >= 100 ? 4 : 1)),
  clients: Number(process.env.FAULT_CLIENTS ?? 64),
});
const passed = await run.run();
process.exit(passed ? 0 : 1);
