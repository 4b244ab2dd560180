// `npm run bench`: the product beside a byte pipe, a hand-written server, plain @Sse() and Portkey's gateway, interleaved in one run.
// Server CPU time is the process's own (user + system, all threads, so the embedded database counts); read from /proc, so Linux only.
// Options: --rounds N, --only saturated50,steady,…, --no-portkey, --node PATH (runs the servers), --write (updates docs/performance).
import { parseArgs } from 'node:util';
import { barChart } from './lib/chart.mjs';
import { startClient } from './lib/client.mjs';
import { OTHERS_CORE, PINNING, SERVER_CORE } from './lib/cores.mjs';
import { startProcess } from './lib/process.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { median } from './lib/stats.mjs';
import { MOST_ACCOUNTS, SCENARIOS, withAccounts, workloadsOf } from './scenarios.mjs';
import { startTargets, TARGET_NAMES } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    'no-portkey': { type: 'boolean', default: false },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const chosen = Object.entries(SCENARIOS).filter(([name]) => options.only?.split(',').includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only takes ${Object.keys(SCENARIOS).join(', ')}`);
const run = conditions(options.node, PINNING);
const upstream = await startProcess('bench/upstream.mjs', { core: OTHERS_CORE });
const client = await startClient('bench/load-client.mjs', { core: OTHERS_CORE });
const scenarios = chosen.map(([, scenario]) => scenario);
const targets = await startTargets(upstream.url, workloadsOf(scenarios), {
  names: TARGET_NAMES.filter((name) => name !== 'Portkey' || !options['no-portkey']),
  node: options.node,
  core: SERVER_CORE,
  users: MOST_ACCOUNTS,
});

const sections = [];
try {
  for (const [name, scenario] of chosen) {
    process.stdout.write(`\n${scenario.title}\n`);
    const rows = await measure(scenario);
    const table = compare(rows);
    process.stdout.write(table);
    sections.push({ name, scenario, rows, table });
  }
} finally {
  await Promise.all([...targets.values()].map(({ stop }) => stop()));
  await Promise.all([client.stop(), upstream.stop()]);
}
if (options.write) await write();

/** Every target in turn, round after round, so that a drifting machine hits all alike; the first round warms up, behind what has to run before it. */
async function measure(scenario) {
  const { workload, run: runScenario, figures, warmUp } = scenario;
  if (warmUp !== undefined)
    for (const started of targets.values()) await warmUp(client, withAccounts(started, scenario), workload);
  const runs = new Map([...targets.keys()].map((name) => [name, []]));
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [name, started] of targets) {
      const measured = figures(await runScenario(client, withAccounts(started, scenario), workload));
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
function compare(rows) {
  const own = rows[0].figures;
  const keys = Object.keys(own);
  return toTable(
    ['', ...keys.flatMap((key) => [key, '×'])],
    rows.map(({ name, figures }) => [
      name,
      ...keys.flatMap((key) => [figures[key], own[key] / figures[key]]),
    ]),
  );
}

function write() {
  return writeReport({
    name: 'side-by-side',
    title: `Side by side, Node ${run.major}`,
    command: 'npm run bench -- --write',
    run,
    intro: [
      `Medians of ${options.rounds} interleaved rounds. × is Tollgate's figure divided by the row's.`,
      'Tollgate authenticates, holds, stores and charges every turn durably in its embedded database; nobody else in these tables does.',
    ],
    sections: sections.map(({ name, scenario, rows, table }) => {
      const [key] = Object.keys(rows[0].figures);
      const bars = rows.map((row) => ({ name: row.name, value: row.figures[key] }));
      const chart = barChart(`${scenario.title}: ${key}`, bars);
      return { title: scenario.title, text: scenario.text, table, charts: { [name]: chart } };
    }),
  });
}
