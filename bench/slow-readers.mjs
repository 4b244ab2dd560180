// `npm run bench:slow`: what slow readers of one long answer cost the fast readers of others, and the server's memory. Linux only.
// The kernel takes the first megabytes of what a slow reader leaves, up to net.ipv4.tcp_wmem; only what is beyond stays with the server.
// Options: --readers 500, --bytes-per-second 1024, --fast 50, --seconds 15, --answers 1,3.8 (megabytes), --hold 0 (more seconds of reading slowly)
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { startProcess } from './lib/process.mjs';
import { figure, percentile } from './lib/stats.mjs';
import { startTollgateTarget } from './tollgate-target.mjs';

const { values: options } = parseArgs({
  options: {
    readers: { type: 'string', default: '500' },
    'bytes-per-second': { type: 'string', default: '1024' },
    fast: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '15' },
    answers: { type: 'string', default: '1,3.8' },
    hold: { type: 'string', default: '0' },
  },
});
const readers = Number(options.readers);
const bytesPerSecond = Number(options['bytes-per-second']);
/** Tokens of the long answers are about this long: `t123456 `. */
const TOKEN_CHARACTERS = 7.9;
const FAST_TOKENS_PER_SECOND = 20;
/** Until the memory of what was just opened or closed has settled. */
const SETTLE_MS = 4000;
const WARM_READERS = 100;

const idle = 'n1-r0-hold';
const fast = `n${FAST_TOKENS_PER_SECOND * Number(options.seconds)}-r${FAST_TOKENS_PER_SECOND}`;
const answers = options.answers.split(',').map((megabytes) => ({
  megabytes,
  workload: `n${Math.round((Number(megabytes) * 1024 * 1024) / TOKEN_CHARACTERS)}-r0-hold`,
}));

const upstream = await startProcess('bench/upstream.mjs');
const fastClient = await startClient();
const slowClient = await startClient('bench/slow-client.mjs');
const product = await startTollgateTarget(
  upstream.url,
  [idle, fast, ...answers.map(({ workload }) => workload)],
  {
    UPSTREAM_IDLE_TIMEOUT_MS: '3600000',
    TURN_TIMEOUT_MS: '3600000',
  },
);
const { server, target, tokens } = product;

/** Starts a turn that stays open. @returns its id, once the server has its whole answer */
async function startTurn(workload) {
  const response = await fetch(`${target.url}${target.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: JSON.stringify({ ...target.body, chatflow_id: workload }),
  });
  const turnId = response.headers.get('x-turn-id');
  const count = Number(/^n(\d+)/.exec(workload)[1]);
  const last = `t${count - 1} `;
  const decoder = new TextDecoder();
  let tail = '';
  for await (const chunk of response.body) {
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-200);
    if (tail.includes(last)) return turnId;
  }
  throw new Error('The turn ended');
}

/** Bytes per reader that the server's memory grows by. */
async function memoryOf(turnId, rate) {
  const reader = { url: target.url, path: `/turns/${turnId}/stream`, token: tokens[0], bytesPerSecond: rate };
  await slowClient.ask({ job: 'open', readers: WARM_READERS, ...reader });
  await delay(SETTLE_MS);
  const before = server.rssBytes();
  await slowClient.ask({ job: 'open', readers, ...reader });
  await delay(SETTLE_MS);
  return (server.rssBytes() - before) / readers;
}

async function runFast(name) {
  const { firstMs, delaysMs } = await fastClient.ask({
    job: 'together',
    target,
    workload: fast,
    streams: Number(options.fast),
  });
  const figures = [firstMs, delaysMs].flatMap((values) => [
    percentile(values, 0.5),
    percentile(values, 0.99),
  ]);
  process.stdout.write(`| ${name} | ${figures.map(figure).join(' | ')} |\n`);
}

try {
  await runFastQuietly();
  process.stdout.write(
    `\n${options.fast} fast readers of their own turns, ${FAST_TOKENS_PER_SECOND} tokens/s each, beside ${readers} readers of one answer at ${bytesPerSecond} B/s\n\n` +
      '| | first token p50 ms | p99 ms | token delay p50 ms | p99 ms |\n|---|---:|---:|---:|---:|\n',
  );
  const memory = [];
  const idleTurn = await startTurn(idle);
  const idleBytes = await memoryOf(idleTurn, 0);
  await slowClient.ask({ job: 'close' });
  memory.push(['an idle stream', idleBytes]);
  for (const { megabytes, workload } of answers) {
    await runFast('alone');
    const turnId = await startTurn(workload);
    await delay(SETTLE_MS);
    const bytes = await memoryOf(turnId, bytesPerSecond);
    memory.push([`a slow reader of ${megabytes} MB`, bytes]);
    await runFast(`beside slow readers of ${megabytes} MB`);
    await delay(Number(options.hold) * 1000);
    const { open, lost } = await slowClient.ask({ job: 'look' });
    memory.push([`  readers still connected, dropped`, `${open}, ${lost}`]);
    await slowClient.ask({ job: 'close' });
    await delay(SETTLE_MS);
  }
  await runFast('alone');
  process.stdout.write('\n| memory of the server | kB | above an idle stream |\n|---|---:|---:|\n');
  for (const [name, bytes] of memory) {
    if (typeof bytes === 'string') process.stdout.write(`| ${name} | ${bytes} | |\n`);
    else
      process.stdout.write(
        `| ${name} | ${figure(bytes / 1024)} | ${figure(Math.max(0, bytes - idleBytes) / 1024)} |\n`,
      );
  }
} finally {
  await product.stop();
  await Promise.all([fastClient.stop(), slowClient.stop(), upstream.stop()]);
}

/** Warms the code up; its figures mean nothing. */
function runFastQuietly() {
  return fastClient.ask({ job: 'together', target, workload: fast, streams: Number(options.fast) });
}
