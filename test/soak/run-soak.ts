// `npm run test:soak [-- --turns 20000] [-- --clients 24] [-- --seed …]`: what users do, again and again, on the built product as `npm start` runs it; prints what the
// process holds by thousands of turns, and fails unless that is flat. `--leak BYTES` makes the process keep so many for each request: a leak that must be found.
// Needs Linux (`/proc`).
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../faults/random.js';
import { table } from '../faults/result-table.js';
import { judge, LIMITS, progressOf, tableOf, type Look } from './soak-judgement.js';
import { SoakClient, Tally } from './soak-client.js';
import { SoakWorld, type Sample } from './soak-world.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '20000' },
    clients: { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Date.now()) },
    leak: { type: 'string', default: '0' },
  },
});
const turns = Number(values.turns);
const clients = Number(values.clients);
const USERS = 8;
/** Looks of which one line of the table is made. */
const LOOKS_PER_LINE = 4;
const LINES = 20;
/** Until what the load has left open must be closed: sockets are kept for some seconds, and turns that nobody reads run to their end. */
const REST_PATIENCE_MS = 90_000;
const REST_MS = 15_000;

const startedAt = performance.now();
const world = await SoakWorld.start(USERS, Number(values.leak));
const tally = new Tally();
const looks: Look[] = [];
let failures: string[];
try {
  // Pools fill up to what the load needs at most, and code gets warm.
  await runUntil(Math.ceil(turns / 20), clients * 2);
  const base = await atRest();
  await runUntil(turns, clients, Math.ceil(turns / LINES / LOOKS_PER_LINE));
  const rest = await atRest(base);
  process.stdout.write(`${tableOf(looks, LOOKS_PER_LINE, { base, rest })}\n\n${summaryOf()}\n`);
  failures = judge(looks, LOOKS_PER_LINE, base, rest);
} finally {
  await world.stop();
}
const complaints = [...tally.unexpected];
const unexpected = complaints.reduce((sum, [, count]) => sum + count, 0);
for (const [what, count] of complaints.sort((a, b) => b[1] - a[1]).slice(0, 10))
  process.stdout.write(`${count} × ${what}\n`);
if (unexpected > turns * LIMITS.unexpectedShare) failures.push(`${unexpected} answers were not expected`);
process.stdout.write(failures.length === 0 ? 'Flat.\n' : `${failures.join('\n')}\n`);
process.exit(failures.length === 0 ? 0 : 1);

/** Lets so many clients act until so many turns have begun. @param every turns between two looks; none without it */
async function runUntil(until: number, count: number, every = Infinity): Promise<void> {
  let next = tally.turns + every;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const at = tally.turns;
    looks.push({ turns: at, seconds: (performance.now() - startedAt) / 1000, ...(await world.sample()) });
    looking = undefined;
    if (looks.length % LOOKS_PER_LINE === 0) process.stdout.write(`${progressOf(looks)}\n`);
  };
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const user = world.users[index % USERS];
      if (user === undefined) throw new Error('There is no user');
      const random = new Random(`${values.seed} ${tally.turns} ${index}`);
      const client = new SoakClient(world, user, tally, random);
      while (tally.turns < until) {
        await client.act();
        if (world.server.hasExited) throw new Error(`The server has ended: ${world.server.tail}`);
        if (tally.turns < next || looking !== undefined) continue;
        next += every;
        looking = look();
      }
    }),
  );
  await looking;
}

/** What is held once nothing is asked. @param base what there was before: waits until no more than that is left, as long as there is patience */
async function atRest(base?: Sample): Promise<Sample> {
  const since = performance.now();
  for (;;) {
    await delay(REST_MS);
    const sample = await world.sample();
    if (base === undefined || sample.descriptors <= base.descriptors) return sample;
    if (performance.now() - since > REST_PATIENCE_MS) return sample;
  }
}

function summaryOf(): string {
  const deeds = [...tally.done].map(([deed, count]) => `${deed} ${count}`).join(', ');
  return table([
    ['turns', tally.turns],
    ['deeds', deeds],
    ['clients', clients],
    ['seed', values.seed],
    ['duration', `${Math.round((performance.now() - startedAt) / 1000)} s`],
  ]);
}
