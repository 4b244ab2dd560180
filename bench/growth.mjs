// `npm run bench:growth`: how cost grows with open streams (side by side) and with stored messages (the product). Linux only.
// Options: --only streams,messages; --streams 10,100,1000,5000, --servers Tollgate,…, --tokens-per-second 1000, --seconds 30;
// --messages 100,10000,1000000, --times 200; --node PATH, --write
import { parseArgs } from 'node:util';
import { measureMessageGrowth } from './growth/messages.mjs';
import { measureStreamGrowth, STREAM_SERVERS } from './growth/streams.mjs';
import { startProcess } from './lib/process.mjs';
import { conditions, writeReport } from './lib/report.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'streams,messages' },
    streams: { type: 'string', default: '10,100,1000,5000' },
    servers: { type: 'string', default: STREAM_SERVERS.join(',') },
    'tokens-per-second': { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    messages: { type: 'string', default: '100,10000,1000000' },
    times: { type: 'string', default: '200' },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const PARTS = {
  streams: {
    name: 'growth-streams',
    title: 'Growth with open streams',
    measure: (upstreamUrl) =>
      measureStreamGrowth(upstreamUrl, {
        names: options.servers.split(','),
        counts: options.streams.split(',').map(Number),
        tokensPerSecond: Number(options['tokens-per-second']),
        seconds: Number(options.seconds),
        node: options.node,
      }),
  },
  messages: {
    name: 'growth-messages',
    title: 'Growth with stored messages',
    measure: (upstreamUrl) =>
      measureMessageGrowth(upstreamUrl, {
        counts: options.messages.split(',').map(Number),
        times: Number(options.times),
        node: options.node,
      }),
  },
};

for (const part of options.only.split(',')) {
  const { name, title, measure } = PARTS[part];
  const run = conditions(options.node);
  const upstream = await startProcess('bench/upstream.mjs');
  const sections = await measure(upstream.url).finally(upstream.stop);
  for (const section of sections) process.stdout.write(`\n${section.title}\n\n${section.table}`);
  if (!options.write) continue;
  await writeReport({
    name,
    title: `${title}, Node ${run.major}`,
    command: 'npm run bench:growth -- --write',
    run,
    sections,
  });
}
