// What an open stream makes the others' tokens cost: the same tokens per second in total, spread over ever more streams.
import { setTimeout as delay } from 'node:timers/promises';
import { startClient } from '../lib/client.mjs';
import { streamsWithinLimit } from '../lib/limits.mjs';
import { lineChart } from '../lib/line-chart.mjs';
import { progress } from '../lib/progress.mjs';
import { toTable } from '../lib/report.mjs';
import { percentile } from '../lib/stats.mjs';
import { measureSteady } from '../lib/steady.mjs';
import { startTarget } from '../targets.mjs';

export const STREAM_SERVERS = ['Tollgate', 'hand-written', 'plain @Sse()'];
const SHORT = 'n20-r0';
const SHORT_PER_SECOND = 10;
const LEAD_SECONDS = 3;
/** The product's default of `CONCURRENT_TURNS` is 10: what one user may have open, with new turns beside. */
const STREAMS_PER_USER = 8;
/** Longer than any run. */
const ENDLESS_TOKENS = 1_000_000;
/** The count that the target compares the largest with. */
const REFERENCE = 100;
const WARM = { workload: 'n200-r0', streams: 50, rounds: 3 };
const PATIENT = {
  UPSTREAM_IDLE_TIMEOUT_MS: '3600000',
  TURN_TIMEOUT_MS: '3600000',
  SHUTDOWN_GRACE_MS: '0',
};
const FIGURES = {
  'CPU per token (µs)': 'cpu',
  'token delay p50 (ms)': 'delay50',
  'token delay p99 (ms)': 'delay99',
  'first token of a new turn p50 (ms)': 'first50',
  'first token of a new turn p99 (ms)': 'first99',
};

/** @returns sections of a report, one for each figure */
export async function measureStreamGrowth(upstreamUrl, { names, counts, tokensPerSecond, seconds, node }) {
  const notes = [];
  // The same number for all counts: their registrations warm the product up.
  const users = Math.ceil(Math.max(...counts) / STREAMS_PER_USER);
  const settings = { users, tokensPerSecond, seconds, node };
  const measured = new Map(names.map((name) => [name, []]));
  for (const wanted of counts) {
    const { streams, problem } = streamsWithinLimit(wanted, SHORT_PER_SECOND * 10);
    if (problem) notes.push(problem);
    for (const name of names) {
      const figures = await measureOne(name, upstreamUrl, { streams, ...settings }).catch((error) => {
        notes.push(`${name} failed at ${streams} streams: ${error.message.split('\n')[0]}`);
        progress(notes.at(-1));
        return Object.fromEntries(Object.values(FIGURES).map((key) => [key, NaN]));
      });
      measured.get(name).push({ streams, ...figures });
      const { cpu, delay50, delay99, first50, first99 } = figures;
      const [delays, firsts] = [
        [delay50, delay99],
        [first50, first99],
      ].map((pair) => pair.map((value) => value.toFixed(1)).join(' / '));
      progress(
        `${streams} streams, ${name}: ${cpu.toFixed(1)} µs/token, delay ${delays} ms, first token ${firsts} ms`,
      );
    }
  }
  const text = `${tokensPerSecond} tokens a second in all, spread evenly over the streams and over time. CPU of the server's process and token delays over ${seconds} seconds in which all streams are open and none starts or ends; then, with the streams still running, ${SHORT_PER_SECOND} new turns a second. Tollgate's streams belong to ${users.toLocaleString('en')} users.`;
  return Object.entries(FIGURES).map(([title, key], index) =>
    toSection(measured, title, key, index === 0 ? [text, ...notes].join('\n\n') : undefined),
  );
}

async function measureOne(name, upstreamUrl, { streams, users, tokensPerSecond, seconds, node }) {
  const workload = `n${ENDLESS_TOKENS}-r${tokensPerSecond / streams}-spread`;
  const client = await startClient();
  const started = await startTarget(name, upstreamUrl, [workload, SHORT, WARM.workload], PATIENT, {
    node,
    users,
  });
  const { target } = started;
  try {
    for (let round = 0; round < WARM.rounds; round++)
      await client.ask({ job: 'together', target, workload: WARM.workload, streams: WARM.streams });
    const steady = await measureSteady(client, started, {
      workload,
      streams,
      leadSeconds: LEAD_SECONDS,
      windowSeconds: seconds,
    });
    const arriving = { job: 'arriving', target, workload: SHORT, perSecond: SHORT_PER_SECOND };
    // The first ones open connections that the others use again.
    await client.ask({ ...arriving, seconds: 1 });
    const { firstMs } = await client.ask({ ...arriving, seconds });
    return {
      cpu: steady.cpuMicros / steady.tokens,
      delay50: percentile(steady.delaysMs, 0.5),
      delay99: percentile(steady.delaysMs, 0.99),
      first50: percentile(firstMs, 0.5),
      first99: percentile(firstMs, 0.99),
    };
  } finally {
    await client.stop();
    await started.stop();
    // The upstream has as many connections to let go of.
    await delay(1000);
  }
}

/** Behind each figure its ratio to the same server's at 100 streams. */
function toSection(measured, title, key, text) {
  const [[, own]] = measured;
  const counts = own.map(({ streams }) => streams);
  const rows = [...measured].map(([name, points]) => {
    const reference = (points.find(({ streams }) => streams === REFERENCE) ?? points[0])[key];
    return [name, ...points.flatMap((point) => [point[key], point[key] / reference])];
  });
  const compared = counts.includes(REFERENCE) ? REFERENCE : counts[0];
  const table = toTable(
    [title, ...counts.flatMap((count) => [`${count.toLocaleString('en')} streams`, `× of ${compared}`])],
    rows,
  );
  const lines = [...measured].map(([name, points]) => ({
    name,
    points: points.map((point) => [point.streams, point[key]]),
  }));
  return { title, text, table, charts: { [key]: lineChart(title, 'open streams', lines) } };
}
