// What `npm run bench` measures.
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

/** Each: the workload, how the client applies it, and the figures of one run. */
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
    figures: (run) => ({
      'p50 ms': percentile(run.firstMs, 0.5),
      'p99 ms': percentile(run.firstMs, 0.99),
      'CPU µs/turn': run.cpuMicros / run.streams,
    }),
  },
};
