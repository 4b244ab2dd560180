// `npm run bench:slow`: what slow readers of one long answer cost the fast readers of others, and the server's memory. Linux only.
// Runs in a network namespace of its own where that is possible (root, or user namespaces; needs `ip`), so that the slow readers' sockets
// can be made small: else the kernel takes whole answers, and nothing waits with the server.
// Options: --readers 500, --bytes-per-second 1024, --fast 50, --seconds 15, --answers 1,3.8 (megabytes), --rounds 3,
// --hold 0 (more seconds of reading slowly), --write
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startClient } from './lib/client.mjs';
import { enterOwnNetwork, SEND_BUFFER, withFullSizes } from './lib/own-network.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { measureReaders, startServer, startTurn, WARM_READERS } from './lib/slow-memory.mjs';
import { median, percentile } from './lib/stats.mjs';

const { values: options } = parseArgs({
  options: {
    readers: { type: 'string', default: '500' },
    'bytes-per-second': { type: 'string', default: '1024' },
    fast: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '15' },
    answers: { type: 'string', default: '1,3.8' },
    rounds: { type: 'string', default: '3' },
    hold: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
  },
});
/** Why the kernel's buffers are as large as ever, if they are. */
const noNetwork = enterOwnNetwork({ sendBuffer: SEND_BUFFER });
const readers = Number(options.readers);
const bytesPerSecond = Number(options['bytes-per-second']);
/** Tokens of the long answers are about this long: `t123456 `. */
const TOKEN_CHARACTERS = 7.9;
const FAST_TOKENS_PER_SECOND = 20;
const WARM_SECONDS = 3;
/** The least that the kernel grants; its bookkeeping takes half of it. */
const RECEIVE_BUFFER = 8192;
/** Few, as the kernel takes megabytes for each. */
const UNREADING = 100;

const IDLE = 'n1-r0-hold';
const workload = (megabytes) => `n${Math.round((megabytes * 1024 * 1024) / TOKEN_CHARACTERS)}-r0-hold`;
const fastWorkload = (seconds) => `n${FAST_TOKENS_PER_SECOND * seconds}-r${FAST_TOKENS_PER_SECOND}`;
const [fast, warm] = [fastWorkload(Number(options.seconds)), fastWorkload(WARM_SECONDS)];
const answers = options.answers.split(',').map(Number);
const small = noNetwork === undefined ? RECEIVE_BUFFER : undefined;

/** What is measured, each in a fresh process. `idle` names what a kind is compared with. */
const kinds = [
  ...answers.flatMap((megabytes) => {
    const idle = `an idle stream, beside an answer of ${megabytes} MB`;
    const common = { workload: workload(megabytes), readers };
    return [
      { name: idle, ...common, isIdle: true, bytesPerSecond: Infinity },
      {
        name: `a slow reader of ${megabytes} MB${noNetwork === undefined ? '' : ' (most of it in the kernel)'}`,
        idle,
        ...common,
        bytesPerSecond,
        receiveBuffer: small,
        besideFast: true,
      },
    ];
  }),
  {
    name: `one that reads nothing of ${Math.max(...answers)} MB, full-size buffers`,
    workload: workload(Math.max(...answers)),
    readers: Math.min(UNREADING, readers),
    bytesPerSecond: 0,
    fullSizes: noNetwork === undefined,
  },
];

const run = conditions();
const network =
  noNetwork === undefined
    ? `Network: a namespace of its own with packets of 1500 bytes, send buffers of at most ${SEND_BUFFER / 1024} kB, and receive buffers of ${RECEIVE_BUFFER / 1024} kB for the slow readers. The last row has packets and buffers of the system's sizes, as two processes of one machine have.`
    : `NO NETWORK OF ITS OWN (${noNetwork}): sockets have the system's sizes, so the kernel takes most of each answer, and the rows of slow readers say little about the server.`;
process.stdout.write(`${network}\n`);

const upstream = await startProcess('bench/upstream.mjs');
const fastClient = await startClient();
const fastRows = [];
const measured = new Map(kinds.map(({ name }) => [name, []]));
try {
  for (let round = 1; round <= Number(options.rounds); round++)
    for (const kind of kinds) measured.get(kind.name).push(await measure(kind, round === 1));
} finally {
  await Promise.all([fastClient.stop(), upstream.stop()]);
}
await report();

/** @param withFast whether fast readers are measured too, before the slow ones have come and beside them */
async function measure(kind, withFast) {
  const product = await startServer(upstream.url, [IDLE, kind.workload, fast, warm]);
  const slowClient = await startClient('bench/slow-client.mjs');
  const runFast = (load) =>
    fastClient.ask({
      job: 'together',
      target: product.target,
      workload: load,
      streams: Number(options.fast),
    });
  const addFast = async (name) => {
    const { firstMs, delaysMs } = await runFast(fast);
    fastRows.push([
      name,
      ...[firstMs, delaysMs].flatMap((values) => [percentile(values, 0.5), percentile(values, 0.99)]),
    ]);
    progress(`fast readers, ${name}`);
  };
  try {
    await runFast(warm);
    if (withFast && kind.besideFast) await addFast('alone');
    const idleTurn = await startTurn(product, IDLE);
    const longTurn = await startTurn(product, kind.workload);
    const turns = { turn: kind.isIdle ? idleTurn : longTurn, longTurn };
    const work = () => measureReaders(product, slowClient, turns, kind);
    const result = await (kind.fullSizes ? withFullSizes(work) : work());
    if (withFast && kind.besideFast)
      await addFast(`beside ${kind.readers + WARM_READERS} times ${kind.name}`);
    await delay(Number(options.hold) * 1000);
    const { readers: open } = await slowClient.ask({ job: 'look' });
    result.dropped = kind.readers + WARM_READERS - open.length;
    progress(`${kind.name}: ${(result.held / 1024).toFixed(1)} kB each`);
    return result;
  } finally {
    await slowClient.stop();
    await product.stop();
  }
}

async function report() {
  const open = readers + WARM_READERS;
  const kilobytes = (name, field) => median(measured.get(name).map((result) => result[field])) / 1024;
  const rounds = (kind, field) => measured.get(kind.name).map((result) => result[field] / 1024);
  const aboveIdle = (kind) =>
    rounds(kind, 'held').map((held, round) => held - measured.get(kind.idle)[round].held / 1024);
  const memory = toTable(
    [
      'each, kB',
      'heap in use',
      'buffers reserved',
      'both',
      'above an idle stream',
      '(each round)',
      `whole server with ${open} of them, resident MB (each round)`,
    ],
    kinds.map((kind) => {
      const above = kind.idle === undefined ? [] : aboveIdle(kind);
      return [
        kind.name,
        ...['heap', 'buffers', 'held'].map((field) => kilobytes(kind.name, field)),
        above.length > 0 ? median(above) : '',
        above.map((each) => each.toFixed(1)).join(', '),
        kind.readers === readers
          ? rounds(kind, 'resident')
              .map((each) => (each / 1024).toFixed(0))
              .join(', ')
          : '',
      ];
    }),
  );
  const kernel = toTable(
    [
      'each, median',
      'answer, kB',
      'taken by the client, kB',
      'waits in the kernel, kB',
      'not yet taken by the kernel, kB',
      'kernel memory of both ends, kB',
      'readers the server waits for',
      'dropped',
    ],
    kinds.map(({ name }) => {
      const last = measured.get(name).at(-1);
      return [
        name,
        ...['answer', 'taken', 'queued', 'withheld', 'kernel'].map((field) => kilobytes(name, field)),
        `${last.waitedFor} of ${last.readers}`,
        `${last.dropped}`,
      ];
    }),
  );
  const fastTable = toTable(['', 'first token p50 ms', 'p99 ms', 'token delay p50 ms', 'p99 ms'], fastRows);
  const sections = [
    {
      title: 'Memory',
      text: `What the server's heap and buffers grow by per reader when ${readers} come after ${WARM_READERS} others, after garbage collections before and after; a fresh process each time, medians of ${options.rounds} rounds. A slow reader takes ${bytesPerSecond} bytes a second, all read the same answer; an idle stream has taken everything and waits, in a process that has had the same answer. Buffers count as reserved, which is more than what is ever written to, so the sum is an upper bound. Resident memory moves by tens of megabytes with what V8 and the allocator keep for later, whoever reads; it is shown for what it is.`,
      table: memory,
    },
    {
      title: 'Where the answer waits',
      text: 'The kernel’s memory is that of all TCP sockets of the machine, so the client’s too; it is an upper bound.',
      table: kernel,
    },
    {
      title: `${options.fast} fast readers of turns of their own, ${FAST_TOKENS_PER_SECOND} tokens/s each`,
      table: fastTable,
    },
  ];
  for (const { title, table } of sections) process.stdout.write(`\n${title}\n\n${table}`);
  if (options.write)
    await writeReport({
      name: 'slow-readers',
      title: `Slow readers, Node ${run.major}`,
      command: 'npm run bench:slow -- --write',
      run,
      intro: [network],
      sections,
    });
}
