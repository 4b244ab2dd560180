// `npm run bench`: the product beside a byte pipe, a hand-written server, plain @Sse() and Portkey's gateway, interleaved in one run.
// Server CPU time is the process's own (user + system, all threads, so the embedded database counts); read from /proc, so Linux only.
// Options: --rounds N, --only saturated,paced,…, --no-portkey, --write (updates docs/performance).
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { barChart } from './lib/chart.mjs';
import { startClient } from './lib/client.mjs';
import { startProcess } from './lib/process.mjs';
import { figure, median, percentile } from './lib/stats.mjs';
import { startTargets } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    'no-portkey': { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

/** Each: the workload, how the client applies it, and the figures of one run. */
const SCENARIOS = {
  saturated50: {
    title: 'CPU per token, 50 streams flat out (µs)',
    workload: 'n8000-r0',
    job: { job: 'together', streams: 50 },
    figures: (run) => ({ 'µs/token': run.cpuMicros / run.tokens, 'tokens/s': run.tokens / run.seconds }),
  },
  saturated500: {
    title: 'CPU per token, 500 streams flat out (µs)',
    workload: 'n300-r0',
    job: { job: 'together', streams: 500 },
    figures: (run) => ({ 'µs/token': run.cpuMicros / run.tokens, 'tokens/s': run.tokens / run.seconds }),
  },
  paced: {
    title: 'CPU per token, 200 streams × 50 tokens/s (µs)',
    workload: 'n200-r50',
    job: { job: 'together', streams: 200 },
    figures: (run) => ({
      'µs/token': run.cpuMicros / run.tokens,
      'delay p50 ms': percentile(run.delaysMs, 0.5),
      'delay p99 ms': percentile(run.delaysMs, 0.99),
    }),
  },
  firstToken: {
    title: 'First token, 50 new turns/s of 20 tokens (ms)',
    workload: 'n20-r0',
    job: { job: 'arriving', perSecond: 50, seconds: 5 },
    figures: (run) => ({
      'p50 ms': percentile(run.firstMs, 0.5),
      'p99 ms': percentile(run.firstMs, 0.99),
      'CPU µs/turn': run.cpuMicros / run.streams,
    }),
  },
  shortTurns: {
    title: 'Short turns (20 tokens) per second, 32 at a time',
    workload: 'n20-r0',
    job: { job: 'closed', concurrency: 32, seconds: 5 },
    figures: (run) => ({ 'turns/s': run.perSecond, 'CPU µs/turn': run.cpuMicros / run.streams }),
  },
};

const chosen = Object.entries(SCENARIOS).filter(([name]) => options.only?.split(',').includes(name) ?? true);
const upstream = await startProcess('bench/upstream.mjs');
const client = await startClient();
const workloads = [...new Set(chosen.map(([, { workload }]) => workload))];
const targets = await startTargets(upstream.url, workloads, { portkey: !options['no-portkey'] });

const sections = [];
try {
  for (const [name, scenario] of chosen) {
    process.stdout.write(`\n${scenario.title}\n`);
    const rows = await measure(scenario);
    const table = toTable(rows);
    process.stdout.write(table);
    sections.push({ name, scenario, rows, table });
  }
} finally {
  await Promise.all([...targets.values()].map(({ stop }) => stop()));
  await Promise.all([client.stop(), upstream.stop()]);
}
if (options.write) writeReport();

/** Every target in turn, round after round, so that a drifting machine hits all alike; the first round warms up. */
async function measure({ workload, job, figures }) {
  const runs = new Map([...targets.keys()].map((name) => [name, []]));
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [name, { server, target }] of targets) {
      const before = server.cpuMicros();
      const result = await client.ask({ ...job, target, workload });
      const measured = figures({ ...result, cpuMicros: server.cpuMicros() - before });
      if (round > 0) runs.get(name).push(measured);
    }
    process.stdout.write(round === 0 ? '  warmed up' : ` · round ${round}`);
  }
  process.stdout.write('\n\n');
  return [...runs].map(([name, measured]) => ({
    name,
    figures: Object.fromEntries(
      Object.keys(measured[0]).map((key) => [key, median(measured.map((one) => one[key]))]),
    ),
  }));
}

/** Figures, and behind each the product's ratio to that row's. */
function toTable(rows) {
  const keys = Object.keys(rows[0].figures);
  const own = rows[0].figures;
  const lines = [
    `| | ${keys.flatMap((key) => [key, '×']).join(' | ')} |`,
    `|---|${keys.map(() => '---:|---:|').join('')}`,
    ...rows.map(
      ({ name, figures }) =>
        `| ${name} | ${keys.flatMap((key) => [figure(figures[key]), figure(own[key] / figures[key])]).join(' | ')} |`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function writeReport() {
  const folder = 'docs/performance';
  mkdirSync(folder, { recursive: true });
  for (const { name, scenario, rows } of sections) {
    const [key] = Object.keys(rows[0].figures);
    const bars = rows.map((row) => ({ name: row.name, value: row.figures[key] }));
    writeFileSync(`${folder}/${name}.svg`, barChart(`${scenario.title}: ${key}`, bars));
  }
  const body = sections.map(
    ({ name, scenario, table }) => `## ${scenario.title}\n\n![${scenario.title}](${name}.svg)\n\n${table}`,
  );
  const head = [
    '# Performance',
    '',
    `Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()} (${arch()}), upstream and client on the same cores. Medians of ${options.rounds} interleaved rounds. × is Tollgate's figure divided by the row's.`,
    '',
    'Tollgate authenticates, holds, stores and charges every turn durably in its embedded database; nobody else in these tables does.',
    '',
  ];
  writeFileSync(`${folder}/README.md`, `${head.join('\n')}\n${body.join('\n')}`);
}
