// `npm run bench:cluster`: what it takes to follow and to stop a turn on another instance, beside the same on its own. Needs redis-server; Linux only.
// Options: --pairs 30, --readers 1,100,1000, --only pairs,reader,readers,commands,lost, --node PATH, --write
import { parseArgs } from 'node:util';
import { measureCommands } from './cluster/commands.mjs';
import { startInstances } from './cluster/instances.mjs';
import { measureLostRedis } from './cluster/lost-redis.mjs';
import { MANY, measureManyReaders, measureOneRemoteReader } from './cluster/readers.mjs';
import { measurePairs, PACED } from './cluster/stop-and-follow.mjs';
import { startProcess } from './lib/process.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '30' },
    readers: { type: 'string', default: '1,100,1000' },
    only: { type: 'string', default: 'pairs,reader,readers,commands,lost' },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const parts = options.only.split(',');
const run = conditions(options.node);
const upstream = await startProcess('bench/upstream.mjs');
const sections = [];
const instances = await startInstances(upstream.url, [PACED, MANY, 'n20-r0'], { node: options.node });
try {
  if (parts.includes('pairs')) {
    const columns = ['milliseconds', 'own p50', 'own p95', 'other p50', 'other p95', 'p95 more', 'times'];
    sections.push({
      title: 'On another instance and on its own',
      text: 'Interleaved pairs, one turn at a time.',
      table: toTable(columns, await measurePairs(instances, Number(options.pairs))),
    });
  }
  if (parts.includes('reader')) {
    const { without, having, ratios } = await measureOneRemoteReader(instances, 10);
    const upper = ratios[ratios.length - 1];
    sections.push({
      title: 'One reader elsewhere',
      text: '30 turns of 200 tokens at 50/s, read where they run; in every second run each has one more reader on the other instance. Ten interleaved pairs.',
      table: toTable(
        ['owner, µs of CPU per token', 'without', 'with', 'ratio, median', 'ratio, highest'],
        [['', without, having, ratios[Math.floor(ratios.length / 2)], upper]],
      ),
    });
  }
  if (parts.includes('readers')) {
    const rows = [];
    for (const readers of ['0', ...options.readers.split(',')])
      rows.push(await measureManyReaders(instances, Number(readers)));
    sections.push({
      title: 'Many readers elsewhere',
      text: 'One turn of 50 tokens a second, its readers on the other instance; µs of CPU per token of the turn.',
      table: toTable(['readers', 'owner', 'other instance', 'other, per reader'], rows),
    });
  }
  if (parts.includes('commands')) {
    sections.push({
      title: 'Redis commands of a turn',
      text: 'Counted by Redis; the probes of the instances are left out.',
      table: toTable(['200 turns of 20 tokens', 'per turn'], await measureCommands(instances)),
    });
  }
  // The last: it loses its Redis.
  if (parts.includes('lost')) {
    sections.push({
      title: 'Redis is killed',
      text: 'The longest silence of readers elsewhere of turns with 50 tokens a second.',
      table: toTable(['milliseconds', 'median', 'longest'], [await measureLostRedis(instances)]),
    });
  }
} finally {
  await instances.stop();
  await upstream.stop();
}
for (const { title, table } of sections) process.stdout.write(`\n${title}\n\n${table}`);
if (options.write) {
  await writeReport({
    name: 'cluster',
    title: `Several instances, Node ${run.major}`,
    command: 'npm run bench:cluster -- --write',
    run,
    intro: [
      'Two instances over one database server (the embedded one, in a process of its own) and one Redis.',
    ],
    sections,
  });
}
