// What `npm run bench` measures.
import { setTimeout as delay } from 'node:timers/promises';
import { measureSteady } from './lib/steady.mjs';
import { percentile } from './lib/stats.mjs';

const STEADY_LEAD_SECONDS = 2;
const STEADY_WINDOW_SECONDS = 8;

const job = (settings) => async (client, measured, workload) => {
  const before = measured.server.cpuMicros();
  const result = await client.ask({ ...settings, target: measured.target, workload });
  return { ...result, cpuMicros: measured.server.cpuMicros() - before };
};

async function steady(client, measured, workload) {
  const result = await measureSteady(client, measured, {
    workload,
    streams: 200,
    leadSeconds: STEADY_LEAD_SECONDS,
    windowSeconds: STEADY_WINDOW_SECONDS,
  });
  // To the end, so that every byte is checked and no turn runs on behind the next server's back.
  await client.ask({ job: 'finish' });
  return result;
}

const perToken = (run) => ({
  'µs/token': run.cpuMicros / run.tokens,
  'delay p50 ms': percentile(run.delaysMs, 0.5),
  'delay p99 ms': percentile(run.delaysMs, 0.99),
});

/** The accounts that take turns where a scenario does not say how many. */
const USUAL_ACCOUNTS = 8;
export const MOST_ACCOUNTS = 64;
/** A turn that has said one token and stays open until its reader goes. */
const OPEN_TURN = 'n1-r0-hold';
const OPEN_TURNS = 600;
/** Turns whose readers went have settled, and are in nobody's way, when a second costs the server no more than this. */
const QUIET_MICROS = 50_000;
const LONGEST_SETTLING_S = 30;

const shortTurns = job({ job: 'closed', concurrency: 32, seconds: 5 });
/** Some thousands, as a server has had that is not just starting: one turn after the other takes minutes to get there. */
const manyTurns = job({ job: 'closed', concurrency: 32, seconds: 15 });
const perTurn = (run) => ({ 'CPU µs/turn': run.cpuMicros / run.streams, 'turns/s': run.perSecond });
const firstTokens = (run) => ({
  'p50 ms': percentile(run.firstMs, 0.5),
  'p99 ms': percentile(run.firstMs, 0.99),
  'CPU µs/turn': run.cpuMicros / run.streams,
});

async function besideOpenTurns(client, measured, workload) {
  await client.ask({ job: 'open', target: measured.target, workload: OPEN_TURN, streams: OPEN_TURNS });
  const result = await shortTurns(client, measured, workload);
  await client.ask({ job: 'release' });
  await quiet(measured.server);
  return result;
}

async function quiet(server) {
  for (let second = 0; second < LONGEST_SETTLING_S; second++) {
    const before = server.cpuMicros();
    await delay(1000);
    if (server.cpuMicros() - before <= QUIET_MICROS) return;
  }
}

/** A started server whose target is as the first `accounts` see it; servers that know no accounts are the same to all. */
export function withAccounts(started, { accounts = USUAL_ACCOUNTS }) {
  const { headers } = started.target;
  if (!Array.isArray(headers)) return started;
  return { ...started, target: { ...started.target, headers: headers.slice(0, accounts) } };
}

/** Each: the workload, how many accounts take turns, what runs before (as `run` does), how the client applies it, and the figures of one run. */
export const SCENARIOS = {
  saturated50: {
    title: 'CPU per token, 50 streams flat out (µs)',
    workload: 'n8000-r0',
    run: job({ job: 'together', streams: 50 }),
    figures: (run) => ({ 'µs/token': run.cpuMicros / run.tokens, 'tokens/s': run.tokens / run.seconds }),
  },
  saturated500: {
    title: 'CPU per token, 500 streams flat out (µs)',
    workload: 'n300-r0',
    run: job({ job: 'together', streams: 500 }),
    figures: (run) => ({ 'µs/token': run.cpuMicros / run.tokens, 'tokens/s': run.tokens / run.seconds }),
  },
  steady: {
    title: 'CPU per token, 200 open streams × 50 tokens/s (µs)',
    text: `Tokens alone: over ${STEADY_WINDOW_SECONDS} seconds in which all streams are open and none starts or ends.`,
    workload: 'n750-r50',
    run: steady,
    figures: perToken,
  },
  paced: {
    title: 'CPU per token, 200 turns of 200 tokens × 50 tokens/s (µs)',
    text: 'Whole turns: 200 that start at once, with their admission and settlement.',
    workload: 'n200-r50',
    run: job({ job: 'together', streams: 200 }),
    figures: perToken,
  },
  // Before the first token: thousands of turns, so that what runs once a turn is compiled there, in every server.
  shortTurns: {
    title: 'Short turns (20 tokens) per second, 32 at a time',
    workload: 'n20-r0',
    run: job({ job: 'closed', concurrency: 32, seconds: 5 }),
    figures: (run) => ({ 'turns/s': run.perSecond, 'CPU µs/turn': run.cpuMicros / run.streams }),
  },
  firstToken: {
    title: 'First token, 50 new turns/s of 20 tokens (ms)',
    workload: 'n20-r0',
    run: job({ job: 'arriving', perSecond: 50, seconds: 5 }),
    figures: firstTokens,
  },
  oneByOne: {
    title: 'First token, one turn (20 tokens) after the other (ms)',
    workload: 'n20-r0',
    text: 'Behind 15 seconds of short turns, 32 at a time.',
    warmUp: manyTurns,
    run: job({ job: 'closed', concurrency: 1, seconds: 5 }),
    figures: firstTokens,
  },
  manyAccounts: {
    title: `CPU per short turn (20 tokens), 32 at a time, ${MOST_ACCOUNTS} accounts (µs)`,
    workload: 'n20-r0',
    accounts: MOST_ACCOUNTS,
    run: shortTurns,
    figures: perTurn,
  },
  oneAccount: {
    title: 'CPU per short turn (20 tokens), 32 at a time, one account (µs)',
    text: 'As a service calls that has one key. The other servers know no accounts.',
    workload: 'n20-r0',
    accounts: 1,
    run: shortTurns,
    figures: perTurn,
  },
  besideOpenTurns: {
    title: `CPU per short turn (20 tokens), 32 at a time, beside ${OPEN_TURNS} open turns of the same account (µs)`,
    workload: 'n20-r0',
    besides: [OPEN_TURN],
    accounts: 1,
    run: besideOpenTurns,
    figures: perTurn,
  },
  burst: {
    title: 'First token, 200 turns of one account within 0.6 s (ms)',
    workload: 'n20-r0',
    accounts: 1,
    run: job({ job: 'arriving', perSecond: 1000 / 3, seconds: 0.6 }),
    figures: firstTokens,
  },
};

/** The workloads of scenarios, each once. */
export const workloadsOf = (scenarios) => [
  ...new Set(scenarios.flatMap(({ workload, besides = [] }) => [workload, ...besides])),
];
