// `npm run test:cluster [-- --full]`: three instances behind nginx, without sticky sessions, while instances, Redis and the network fail; judged is
// what every client saw and what is left. CLUSTER_KILLS, CLUSTER_TURNS and CLUSTER_CLIENTS for a size of one's own; CLUSTER_SEED makes the choices of
// an earlier run again. A full run is made of worlds: with CLUSTER_RESULTS, a file, it goes on behind those that are in it. CLUSTER_AT_ONCE worlds
// run at once, each in a process of its own, which a machine must have the cores for.
import { fork } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { table } from '../../faults/result-table.js';
import { ClusterRun, type Outcome } from './cluster-run.js';
import { measure } from './measures.js';
import { nextWorld, type WorldSize } from './plan.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: true },
    /** The seed of a single world, whose outcome is told to the parent. */
    world: { type: 'string' },
  },
  allowNegative: true,
});
const { env } = process;
const CI: WorldSize = {
  ...{ kills: 30, redis: 10, partitions: 6, rollingRestarts: 1 },
  ...{ turns: 2000, clients: 64 },
};
/**
 * Of a run that is made of many: more goes wrong for each time that a world is made and judged to its end, and for each turn. Its time is what it computes, not what it waits
 * for: half of that is the starts of instances, the rest the turns.
 */
const ONE_OF_MANY: WorldSize = {
  ...{ kills: 84, redis: 12, partitions: 8, rollingRestarts: 1 },
  ...{ turns: 3000, clients: 32 },
};
const KILLS_OF_FULL_RUN = 1008;

const size = values.full ? ONE_OF_MANY : CI;
const kills = Number(env.CLUSTER_KILLS ?? (values.full ? KILLS_OF_FULL_RUN : CI.kills));
const seed = env.CLUSTER_SEED ?? String(Date.now());
const atOnce = Number(env.CLUSTER_AT_ONCE ?? 1);

if (values.world !== undefined) {
  const outcome = await runWorld(values.world, kills, false);
  await new Promise((resolve) => process.send?.(outcome, resolve));
  process.exit(0);
}

const outcomes = env.CLUSTER_RESULTS === undefined ? [] : await earlierOutcomes(env.CLUSTER_RESULTS);
/** By their seeds, those that run too. */
const begun = new Map(outcomes.map((outcome) => [outcome.seed, outcome.kills]));
await Promise.all(Array.from({ length: atOnce }, runWorlds));
const sum = (of: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, outcome) => total + of(outcome), 0);
const violations = sum((outcome) => outcome.violations);
process.stdout.write(
  `${outcomes.length} worlds, ${sum((outcome) => outcome.kills)} kills, ${sum(({ turns }) => turns)} turns, ${violations} violations\n`,
);
process.exit(violations === 0 ? 0 : 1);

async function runWorlds(): Promise<void> {
  for (;;) {
    const next = nextWorld(seed, begun, kills, size.kills);
    if (next === undefined) return;
    const measures = values.measure && begun.size === 0;
    begun.set(next.seed, next.kills);
    const outcome =
      atOnce === 1
        ? await runWorld(next.seed, next.kills, measures)
        : await runElsewhere(next.seed, next.kills);
    outcomes.push(outcome);
    if (env.CLUSTER_RESULTS !== undefined)
      await appendFile(env.CLUSTER_RESULTS, `${JSON.stringify(outcome)}\n`);
  }
}

async function runWorld(worldSeed: string, killsHere: number, measures: boolean): Promise<Outcome> {
  const run = await ClusterRun.prepare({
    ...size,
    kills: killsHere,
    turns: Number(env.CLUSTER_TURNS ?? size.turns),
    clients: Number(env.CLUSTER_CLIENTS ?? size.clients),
    seed: worldSeed,
  });
  const measured = measures ? await run.before(measure) : [];
  if (measured.length > 0) process.stdout.write(`${table(measured)}\n`);
  const outcome = await run.run();
  process.stdout.write(`\n${table([...outcome.rows, ...measured])}\n\n`);
  return outcome;
}

/** In a process of its own. @throws Error when that ends without an outcome */
function runElsewhere(worldSeed: string, killsHere: number): Promise<Outcome> {
  const args = ['--world', worldSeed, ...(values.full ? ['--full'] : [])];
  const child = fork(import.meta.filename, args, { env: { ...env, CLUSTER_KILLS: String(killsHere) } });
  process.once('exit', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('message', (outcome) => {
      resolve(outcome as Outcome);
    });
    child.once('exit', (code) => {
      reject(new Error(`the world ${worldSeed} ended with ${code}`));
    });
  });
}

async function earlierOutcomes(file: string): Promise<Outcome[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome);
}
