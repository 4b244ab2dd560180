// `npm run bench:idle`: resident memory per idle open stream (client and upstream socket), side by side. Linux only.
// Every figure is of a fresh process, as resident memory hardly ever shrinks.
// Options: --streams 1000,5000,10000, --only Tollgate,Portkey,…, --no-portkey, --node PATH, --write
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { streamsWithinLimit } from './lib/limits.mjs';
import { lineChart } from './lib/line-chart.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { settled } from './lib/settle.mjs';
import { startTarget, TARGET_NAMES } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000,5000,10000' },
    only: { type: 'string' },
    'no-portkey': { type: 'boolean', default: false },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const WORKLOAD = 'n1-r0-hold';
const WARM_STREAMS = 100;
const PATIENT = {
  UPSTREAM_IDLE_TIMEOUT_MS: '3600000',
  TURN_TIMEOUT_MS: '3600000',
  // What still runs when a figure is taken need not be waited for.
  SHUTDOWN_GRACE_MS: '0',
};

const notes = [];
const counts = options.streams.split(',').map((text) => {
  const { streams, problem } = streamsWithinLimit(Number(text), WARM_STREAMS);
  if (problem !== undefined) {
    notes.push(problem);
    process.stdout.write(`${problem}\n`);
  }
  return streams;
});
const names = TARGET_NAMES.filter((name) =>
  options.only === undefined
    ? name !== 'Portkey' || !options['no-portkey']
    : options.only.split(',').includes(name),
);
const run = conditions(options.node);
const upstream = await startProcess('bench/upstream.mjs');
const measured = new Map(names.map((name) => [name, []]));
try {
  for (const streams of counts) {
    for (const name of names) measured.get(name).push([streams, await kilobytesPerStream(name, streams)]);
  }
} finally {
  await upstream.stop();
}

const [, ownRows] = [...measured][0];
const rows = [...measured].map(([name, points]) => [
  name,
  ...points.flatMap(([, value], index) => [value, ownRows[index][1] / value]),
]);
const table = toTable(
  ['kB per stream', ...counts.flatMap((streams) => [`${streams.toLocaleString('en')} streams`, '×'])],
  rows,
);
process.stdout.write(`\n${table}`);
if (options.write) {
  const title = 'Memory per idle open stream (kB)';
  const lines = [...measured].map(([name, points]) => ({ name, points }));
  await writeReport({
    name: 'idle',
    title: `Idle streams, Node ${run.major}`,
    command: 'npm run bench:idle -- --write',
    run,
    intro: [
      `Growth of the server's resident memory per open stream, in a fresh process for each figure, after ${WARM_STREAMS} streams to warm up and once it had settled. Each stream is a client socket and an upstream socket; Tollgate's also a running, durable turn, and its memory includes the embedded database. × is Tollgate's figure divided by the row's.`,
      ...notes,
    ],
    sections: [{ title, table, charts: { memory: lineChart(title, 'open streams', lines) } }],
  });
}

/** @returns NaN when the server cannot hold that many */
async function kilobytesPerStream(name, streams) {
  // A client of its own too: closing thousands of streams takes it as long as opening them.
  const client = await startClient();
  const { server, target, stop } = await startTarget(name, upstream.url, [WORKLOAD], PATIENT, {
    node: options.node,
  });
  try {
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams: WARM_STREAMS });
    const { value: before } = await settled(server.rssBytes);
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams });
    const { value: after } = await settled(server.rssBytes);
    const each = (after - before) / streams / 1024;
    progress(`${streams} streams, ${name}: ${each.toFixed(1)} kB each`);
    return each;
  } catch (error) {
    notes.push(`${name} did not hold ${streams} streams: ${error.message.split('\n')[0]}`);
    progress(notes.at(-1));
    return NaN;
  } finally {
    await client.stop();
    await stop();
  }
}
