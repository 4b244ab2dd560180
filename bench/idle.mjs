// `npm run bench:idle -- --streams 1000`: resident memory per idle open stream (client and upstream socket), side by side.
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { startProcess } from './lib/process.mjs';
import { figure } from './lib/stats.mjs';
import { startTargets } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '1000' },
    'no-portkey': { type: 'boolean', default: false },
  },
});
const WORKLOAD = 'n1-r0-hold';
const WARM_STREAMS = 100;
const streams = Number(options.streams);

const upstream = await startProcess('bench/upstream.mjs');
const client = await startClient();
const targets = await startTargets(upstream.url, [WORKLOAD], { portkey: !options['no-portkey'] });
try {
  process.stdout.write(`\n| ${streams} idle streams | kB each | × |\n|---|---:|---:|\n`);
  let own;
  for (const [name, { server, target }] of targets) {
    // What the first streams allocate once (code, pools) is not the streams'.
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams: WARM_STREAMS });
    const before = server.rssBytes();
    await client.ask({ job: 'open', target, workload: WORKLOAD, streams });
    const each = (server.rssBytes() - before) / streams / 1024;
    await client.ask({ job: 'release' });
    own ??= each;
    process.stdout.write(`| ${name} | ${figure(each)} | ${figure(own / each)} |\n`);
  }
} finally {
  await Promise.all([...targets.values()].map(({ stop }) => stop()));
  await Promise.all([client.stop(), upstream.stop()]);
}
