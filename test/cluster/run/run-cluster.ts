// `npm run test:cluster [-- --full]`: three instances behind nginx, without sticky sessions, while instances, Redis and the network fail; judged is
// what every client saw and what is left. CLUSTER_KILLS, CLUSTER_TURNS and CLUSTER_CLIENTS for a size of one's own; CLUSTER_SEED makes the choices of
// an earlier run again. A full run is made of worlds, one after the other: with CLUSTER_RESULTS, a file, it goes on behind the last one that is in it.
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { table } from '../../faults/result-table.js';
import { ClusterRun, type Outcome } from './cluster-run.js';
import { measure } from './measures.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Of one world. */
const WORLD = { kills: 30, redis: 10, partitions: 6, rollingRestarts: 1, turns: 2000 } as const;
const WORLDS_OF_FULL_RUN = 34;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const { env } = process;
const kills = Number(env.CLUSTER_KILLS ?? (values.full ? WORLDS_OF_FULL_RUN * WORLD.kills : WORLD.kills));
const seed = env.CLUSTER_SEED ?? String(Date.now());
const outcomes = env.CLUSTER_RESULTS === undefined ? [] : await earlierOutcomes(env.CLUSTER_RESULTS);
let done = outcomes.reduce((sum, outcome) => sum + outcome.kills, 0);
while (done < kills) {
  const outcome = await runWorld(`${seed}-${outcomes.length}`, Math.min(WORLD.kills, kills - done));
  outcomes.push(outcome);
  done += outcome.kills;
  if (env.CLUSTER_RESULTS !== undefined)
    await appendFile(env.CLUSTER_RESULTS, `${JSON.stringify(outcome)}\n`);
}
const violations = outcomes.reduce((sum, outcome) => sum + outcome.violations, 0);
const turns = outcomes.reduce((sum, outcome) => sum + outcome.turns, 0);
process.stdout.write(`${outcomes.length} worlds, ${done} kills, ${turns} turns, ${violations} violations\n`);
process.exit(violations === 0 ? 0 : 1);

async function runWorld(worldSeed: string, killsHere: number): Promise<Outcome> {
  const run = await ClusterRun.prepare({
    ...WORLD,
    kills: killsHere,
    turns: Number(env.CLUSTER_TURNS ?? WORLD.turns),
    clients: Number(env.CLUSTER_CLIENTS ?? 64),
    seed: worldSeed,
  });
  const measured = values.measure && outcomes.length === 0 ? await run.before(measure) : [];
  if (measured.length > 0) process.stdout.write(`${table(measured)}\n`);
  const outcome = await run.run();
  process.stdout.write(`\n${table([...outcome.rows, ...measured])}\n\n`);
  return outcome;
}

async function earlierOutcomes(file: string): Promise<Outcome[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome);
}
