// `npm run bench:latency`: resume, stop and start-up of the product in milliseconds, and the database calls of a turn. Linux only.
// Options: --times 30, --turns 200, --messages 100000, --only resume,startup,calls, --node PATH, --write
import { parseArgs } from 'node:util';
import { countDatabaseCalls } from './latency/database-calls.mjs';
import { measureResumeAndStop } from './latency/resume-and-stop.mjs';
import { measureStartUp } from './latency/start-up.mjs';
import { barChart } from './lib/chart.mjs';
import { startProcess } from './lib/process.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';

const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '30' },
    turns: { type: 'string', default: '200' },
    messages: { type: 'string', default: '100000' },
    only: { type: 'string', default: 'resume,startup,calls' },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const parts = options.only.split(',');
const times = Number(options.times);
const { node } = options;
const run = conditions(node);
const upstream = await startProcess('bench/upstream.mjs');
const sections = [];
try {
  if (parts.includes('resume')) {
    sections.push(
      inMilliseconds('Resume and stop', await measureResumeAndStop(upstream.url, { times, node })),
    );
  }
  if (parts.includes('startup')) {
    const messages = Number(options.messages);
    sections.push(inMilliseconds('Start-up', await measureStartUp(upstream.url, { times, messages, node })));
  }
  if (parts.includes('calls')) {
    const table = await countDatabaseCalls(upstream.url, { turns: Number(options.turns), node });
    sections.push({
      title: 'Database calls per turn',
      text: 'Counted on the wire, with the database in a process of its own: one line for each command and collection. Turns of 20 tokens, one after the other; a turn that takes longer than a second also saves what was said once a second.',
      table,
    });
  }
} finally {
  await upstream.stop();
}
for (const { title, table } of sections) process.stdout.write(`\n${title}\n\n${table}`);
if (options.write) {
  await writeReport({
    name: 'latency',
    title: `Resume, stop, start-up and database calls, Node ${run.major}`,
    command: 'npm run bench:latency -- --write',
    run,
    intro: [
      'One request at a time. Resume: from the request to the first byte of text that was missed; every answer is checked for gaps and doubles. Stop: from the request to the answer that says what was kept and charged and that the upstream has acknowledged. Start-up: from the start of the process to the first `/health/ready` that says ready.',
    ],
    sections,
  });
}

function inMilliseconds(title, rows) {
  const bars = rows.map(([name, value]) => ({ name, value, own: true }));
  return {
    title,
    table: toTable(['milliseconds', 'p50', 'p99', 'longest', 'repeats'], rows),
    charts: { [title.toLowerCase().replaceAll(' ', '-')]: barChart(`${title}: p50 in ms`, bars) },
  };
}
