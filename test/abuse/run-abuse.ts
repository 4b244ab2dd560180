// `npm run test:abuse [-- --full]`: one kind of abuse after the other on one chatflow, beside 50 normal turns on another, and how late the
// server's event loop was meanwhile, beside the quiet process of the same run. With CI=true it fails unless, between two events of each kind
// of abuse, a ping is answered and a timer of the server fires, the normal turns end, and the memory stays within its budget.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AbuseWorld } from './abuse-world.js';
import type { Measured } from './probe-client.js';
import { scenariosOf, type Scenario } from './scenarios.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const MEGABYTE = 1024 * 1024;
const SIZES = {
  ci: { halfBodies: 20, bodyBytes: 2 * MEGABYTE, slowReaders: 20 },
  full: { halfBodies: 200, bodyBytes: 9.9 * MEGABYTE, slowReaders: 200 },
} as const;
const NORMAL_TURNS = 50;
/** Until the next event comes. An event that costs what it should takes a hundredth. */
const BETWEEN_EVENTS_MS = 2000;
/** Beyond what the process had when all was quiet, for the whole run. */
const MEMORY_BUDGET_BYTES = 400 * MEGABYTE;

interface Row {
  readonly name: string;
  readonly measured: Measured;
  readonly failures: readonly string[];
}

const { values } = parseArgs({ options: { full: { type: 'boolean', default: false } } });
const isCi = process.env.CI === 'true';
const world = await AbuseWorld.start();
const rows: Row[] = [];
try {
  await besideTurns('warm-up', () => Promise.resolve());
  const quiet = await besideTurns('quiet', () => Promise.resolve());
  rows.push(quiet);
  for (const scenario of scenariosOf(SIZES[values.full ? 'full' : 'ci'])) {
    rows.push(await run(scenario, quiet.measured.rss));
  }
} finally {
  await world.stop();
}
process.stdout.write(`${tableOf(rows)}\n`);
const failed = rows.filter(({ failures }) => failures.length > 0);
for (const { name, failures } of failed) process.stdout.write(`${name}: ${failures.join('; ')}\n`);
process.stdout.write(`${rows.length - failed.length} passed, ${failed.length} failed\n`);
keepResults(rows.length - failed.length, failed.length);
process.exit(isCi && failed.length > 0 ? 1 : 0);

async function run({ name, abuse }: Scenario, quietBytes: number): Promise<Row> {
  const failures = new Set<string>();
  const between = async (): Promise<void> => {
    const late = new Set(['no ping was answered', 'no timer fired']);
    const seen = [
      fetch(`${world.server.url}/health/live`).then(() => late.delete('no ping was answered')),
      world.probe.timer().then(() => late.delete('no timer fired')),
    ];
    await delay(BETWEEN_EVENTS_MS);
    for (const what of late) failures.add(`${what} between two events`);
    await Promise.all(seen);
  };
  const row = await besideTurns(name, () => abuse(world, between));
  const grown = row.measured.rss - quietBytes;
  if (grown > MEMORY_BUDGET_BYTES) failures.add(`${Math.round(grown / MEGABYTE)} MB more than when quiet`);
  return { ...row, failures: [...row.failures, ...failures] };
}

async function besideTurns(name: string, work: () => Promise<void>): Promise<Row> {
  await world.probe.reset();
  const turns = Array.from({ length: NORMAL_TURNS }, () => world.askToTheEnd('normal'));
  await work();
  const ended = (await Promise.all(turns)).filter(Boolean).length;
  const failures = ended < NORMAL_TURNS ? [`${NORMAL_TURNS - ended} normal turns did not end`] : [];
  return { name, measured: await world.probe.read(), failures };
}

function tableOf(all: readonly Row[]): string {
  const line = ({ name, measured: { p50, p99, max, rss } }: Row) =>
    `| ${name.padEnd(40)} | ${[p50, p99, max].map((ms) => ms.toFixed(0).padStart(6)).join(' | ')} | ${(rss / MEGABYTE).toFixed(0).padStart(6)} |`;
  const head = `| ${'Beside 50 normal turns'.padEnd(40)} |    p50 |    p99 |    max | RSS MB |`;
  return [head, head.replace(/[^|]/g, '-'), ...all.map(line)].join('\n');
}

/** For `.ci/run`, which adds up what each run counted. */
function keepResults(numPassedTests: number, numFailedTests: number): void {
  const folder = process.env.JEST_RESULTS;
  if (folder === undefined) return;
  writeFileSync(
    join(folder, `jest-abuse-${process.pid}.json`),
    JSON.stringify({ numPassedTests, numFailedTests }),
  );
}
