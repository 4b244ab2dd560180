// `npm run bench:pairs -- --before PATH`: this build beside that of another checkout, in interleaved pairs.
// Options: --rounds N, --only oneAccount,burst,…, --traced: this build with its traces sent to a receiver, --settings A=1,B=2: with these settings besides
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { OTHERS_CORE, PINNING, SERVER_CORE } from './lib/cores.mjs';
import { startProcess } from './lib/process.mjs';
import { conditions, toTable } from './lib/report.mjs';
import { median, upperBoundOfMedian } from './lib/stats.mjs';
import { MOST_ACCOUNTS, SCENARIOS, withAccounts, workloadsOf } from './scenarios.mjs';
import { startTarget } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    before: { type: 'string' },
    traced: { type: 'boolean', default: false },
    settings: { type: 'string', default: '' },
    rounds: { type: 'string', default: '10' },
    only: { type: 'string', default: 'manyAccounts,oneAccount,besideOpenTurns,burst' },
  },
});
if (options.before === undefined) throw new Error('--before takes the folder of a built checkout');
const chosen = options.only.split(',').map((name) => SCENARIOS[name]);
if (chosen.includes(undefined)) throw new Error(`--only takes ${Object.keys(SCENARIOS).join(', ')}`);

conditions(undefined, PINNING);
const upstream = await startProcess('bench/upstream.mjs', { core: OTHERS_CORE });
const client = await startClient('bench/load-client.mjs', { core: OTHERS_CORE });
const receiver = options.traced
  ? await startProcess('bench/trace-receiver.mjs', { core: OTHERS_CORE })
  : undefined;
const settings = Object.fromEntries(
  options.settings
    .split(',')
    .filter((one) => one !== '')
    .map((one) => one.split('=')),
);
if (receiver !== undefined) settings.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url;
const start = (cwd, env = {}) =>
  startTarget('Tollgate', upstream.url, workloadsOf(chosen), env, {
    cwd,
    core: SERVER_CORE,
    users: MOST_ACCOUNTS,
  });
const builds = { before: await start(options.before), after: await start(undefined, settings) };
try {
  for (const scenario of chosen) {
    process.stdout.write(`\n${scenario.title}\n`);
    process.stdout.write(summary(await measure(scenario)));
  }
} finally {
  await Promise.all(Object.values(builds).map(({ stop }) => stop()));
  await Promise.all([client.stop(), upstream.stop(), receiver?.stop()]);
}

/** Both builds round after round, each first in every other; the first round warms up. */
async function measure(scenario) {
  const pairs = [];
  for (let round = 0; round <= Number(options.rounds); round++) {
    const pair = {};
    for (const name of round % 2 === 0 ? ['before', 'after'] : ['after', 'before']) {
      const target = withAccounts(builds[name], scenario);
      pair[name] = scenario.figures(await scenario.run(client, target, scenario.workload));
    }
    if (round > 0) pairs.push(pair);
  }
  return pairs;
}

function summary(pairs) {
  const rows = Object.keys(pairs[0].after).map((key) => {
    const ratios = pairs.map(({ before, after }) => after[key] / before[key]);
    return [
      key,
      median(pairs.map(({ before }) => before[key])),
      median(pairs.map(({ after }) => after[key])),
      median(ratios),
      upperBoundOfMedian(ratios),
      Math.min(...ratios),
      Math.max(...ratios),
    ];
  });
  return toTable([`${pairs.length} pairs`, 'before', 'after', 'ratio', 'ratio, 95 %', 'least', 'most'], rows);
}
