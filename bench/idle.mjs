// `npm run bench:idle`: resident memory per idle open stream (client and upstream socket), side by side. Linux only.
// Every figure is of a fresh process, as resident memory hardly ever shrinks.
// Options: --streams 1000,5000,10000, --only Tollgate,Portkey,…, --no-portkey, --node PATH, --write
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { streamsWithinLimit } from './lib/limits.mjs';
import { lineChart } from './lib/line-chart.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { settled } from './lib/settle.mjs';
import { chosenTargets, startTarget } from './targets.mjs';

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
/** Brings a process to its working size: young generations, pools, caches. What that takes is not the streams'. */
const WARM_TURNS = { workload: 'n20-r0', streams: 200, rounds: 10 };
/** The product saves what 100 turns have said each second, so the streams are idle only after that; and V8 takes some seconds to notice. */
const restMs = (streams) => streams * 10 + 15_000;
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
const names = chosenTargets(options);
const run = conditions(options.node);
const upstream = await startProcess('bench/upstream.mjs');
const measured = new Map(names.map((name) => [name, []]));
try {
  for (const streams of counts) {
    for (const name of names)
      measured.get(name).push({ streams, resident: await kilobytesPerStream(name, streams) });
  }
} finally {
  await upstream.stop();
}

const [[, own]] = measured;
const rows = [...measured].map(([name, points]) => [
  name,
  ...points.flatMap(({ resident }, index) => [resident, own[index].resident / resident]),
]);
const columns = counts.flatMap((streams) => [`${streams.toLocaleString('en')} streams`, '×']);
const table = toTable(['kB per stream', ...columns], rows);
process.stdout.write(`\n${table}`);
if (options.write) {
  const title = 'Memory per idle open stream (kB)';
  const lines = [...measured].map(([name, points]) => ({
    name,
    points: points.map(({ streams, resident }) => [streams, resident]),
  }));
  await writeReport({
    name: 'idle',
    title: `Idle streams, Node ${run.major}`,
    command: 'npm run bench:idle -- --write',
    run,
    intro: [
      `Growth of the server's resident memory per open stream, in a fresh process for each figure. Before: ${WARM_TURNS.streams * WARM_TURNS.rounds} short turns and ${WARM_STREAMS} open streams, and a garbage collection. After: ${restMs(0) / 1000} seconds and a hundredth of a second for each stream, when the streams are idle: Tollgate saves the first words of a hundred turns each second. Each stream is a client socket and an upstream socket; Tollgate's also a running, durable turn, and its memory includes the embedded database. × is Tollgate's figure divided by the row's.`,
      ...notes,
    ],
    sections: [{ title, table, charts: { memory: lineChart(title, 'open streams', lines) } }],
  });
}

/** @returns NaN when the server cannot hold that many */
async function kilobytesPerStream(name, streams) {
  // A client of its own too: closing thousands of streams takes it as long as opening them.
  const client = await startClient();
  const { server, target, stop } = await startTarget(
    name,
    upstream.url,
    [WORKLOAD, WARM_TURNS.workload],
    PATIENT,
    {
      node: options.node,
      collectable: true,
    },
  );
  try {
    for (let round = 0; round < WARM_TURNS.rounds; round++)
      await client.ask({ job: 'together', target, ...WARM_TURNS });
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams: WARM_STREAMS });
    await settled(server.rssBytes);
    await server.collectGarbage();
    const before = server.rssBytes();
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams });
    await delay(restMs(streams));
    const resident = (server.rssBytes() - before) / streams / 1024;
    progress(`${streams} streams, ${name}: ${resident.toFixed(1)} kB each`);
    return resident;
  } catch (error) {
    notes.push(`${name} did not hold ${streams} streams: ${error.message.split('\n')[0]}`);
    progress(notes.at(-1));
    return NaN;
  } finally {
    await client.stop();
    await stop();
  }
}
