// `npm run bench:unread`: memory of a reader that does not read at all, side by side: what the server keeps for it, and
// the kernel's socket buffers. Every figure is of a fresh server. Linux only.
// Runs in a network namespace of its own where that is possible (root, or user namespaces; needs `ip`), with packets of 1500 bytes: with the
// loopback's of 64 kB the kernel takes megabytes for each connection at once.
// Options: --answers 1,3.8,64 (MB), --readers 24, --only Tollgate,…, --no-portkey, --node PATH, --write
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { barChart } from './lib/chart.mjs';
import { startClient } from './lib/client.mjs';
import { enterOwnNetwork, withFullSizes } from './lib/own-network.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { kernelTcpBytes, settled } from './lib/settle.mjs';
import { chosenTargets, startTarget } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    answers: { type: 'string', default: '1,3.8,64' },
    readers: { type: 'string', default: '24' },
    only: { type: 'string' },
    'no-portkey': { type: 'boolean', default: false },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const MEGABYTE = 1024 * 1024;
/** The product ends a longer answer. */
const PRODUCT_BOUND_MB = 4;
const TOKEN_CHARACTERS = 7.9;
/** Code, pools and connections. */
const WARM = { workload: 'n500-r0', streams: 20, rounds: 3 };
/** What the first long answers make the process grow by is not the next reader's: so many come and go before. */
const WARM_READERS = 16;
const WARM_ROUNDS = 2;
/** The product lets go of an ended answer when its readers have taken nothing for five seconds, which it looks for every four; it drops them after sixty. */
const LATER_MS = 12_000;
/** Why packets are as large as ever, if they are. */
const noNetwork = enterOwnNetwork();
const readers = Number(options.readers);

const sizes = options.answers.split(',').map(Number);
const toAnswer = (megabytes) => ({
  megabytes,
  workload: `n${Math.round((megabytes * MEGABYTE) / TOKEN_CHARACTERS)}-r0`,
  loopback: noNetwork !== undefined,
});
const answers = sizes.map(toAnswer);
const longest = Math.max(...sizes.filter((megabytes) => megabytes < PRODUCT_BOUND_MB));
if (noNetwork === undefined && longest > 0) answers.push({ ...toAnswer(longest), loopback: true });
const names = chosenTargets(options);
const run = conditions(options.node);
const upstream = await startProcess('bench/upstream.mjs');
const client = await startClient();
const sections = [];
const notes = [];
try {
  for (const answer of answers) {
    const rows = [];
    for (const name of names) {
      if (name === 'Tollgate' && answer.megabytes >= PRODUCT_BOUND_MB) continue;
      const work = () => measure(name, answer);
      const unread = await (noNetwork === undefined && answer.loopback ? withFullSizes(work) : work());
      progress(
        `${answer.megabytes} MB, ${name}: ${(unread.soon.total / MEGABYTE).toFixed(2)} MB each, later ${(unread.later.total / MEGABYTE).toFixed(2)}`,
      );
      rows.push({ name, ...unread });
    }
    sections.push(toSection(answer, rows));
  }
} finally {
  await Promise.all([client.stop(), upstream.stop()]);
}
for (const { title, table } of sections) process.stdout.write(`\n${title}\n\n${table}`);
if (options.write) {
  await writeReport({
    name: 'unread',
    title: `Readers that do not read, Node ${run.major}`,
    command: 'npm run bench:unread -- --write',
    run,
    intro: [
      `${readers} readers, each with an answer of its own that it asks for and never reads a byte of. Megabytes per reader, each figure of a fresh server on which ${WARM_READERS} such readers had come and gone ${WARM_ROUNDS} times: growth of its resident memory behind a garbage collection, the highest seen before it, and growth of the kernel's TCP memory, which includes the reader's own receive buffer and, where the server stops reading, the connection from the upstream; the same once more ${LATER_MS / 1000} s later. Resident memory moves by tens of megabytes by itself, so a figure may be off by one megabyte or two and fall below nothing. Tollgate takes and stores every answer while its turn runs, and lets go of it when the turn has ended and its readers have taken nothing for five seconds: what they have not taken they get from the store. Plain @Sse() drops a reader that has left 4 M characters unread.`,
      noNetwork === undefined
        ? 'Network: a namespace of its own with packets of 1500 bytes, as on Ethernet, and the system’s limits for buffers; "over the loopback" with its packets of 64 kB, for which the kernel grants every connection megabytes at once.'
        : `No network of its own (${noNetwork}): over the loopback, whose packets of 64 kB make the kernel grant every connection megabytes at once.`,
      `Tollgate ends an answer at ${PRODUCT_BOUND_MB} MB of characters, so it is not in the table of a longer one.`,
      ...notes,
    ],
    sections,
  });
}

/** Like `measureOne`; one server that fails does not cost the others' figures. */
async function measure(name, answer) {
  try {
    return await measureOne(name, answer);
  } catch (error) {
    notes.push(`${name} failed at ${answer.megabytes} MB: ${error.message.split('\n')[0]}`);
    progress(notes.at(-1));
    const none = { resident: NaN, kernel: NaN, total: NaN };
    return { soon: none, later: none, most: NaN };
  }
}

/** Growth of memory per reader in bytes: once it has settled, the highest until then, and later. */
async function measureOne(name, answer) {
  const { server, target, stop } = await startTarget(
    name,
    upstream.url,
    [WARM.workload, answer.workload],
    { UPSTREAM_IDLE_TIMEOUT_MS: '3600000', TURN_TIMEOUT_MS: '3600000', SHUTDOWN_GRACE_MS: '0' },
    { node: options.node, collectable: true },
  );
  let close = () => undefined;
  try {
    for (let round = 0; round < WARM.rounds; round++)
      await client.ask({ job: 'together', target, workload: WARM.workload, streams: WARM.streams });
    for (let round = 0; round < WARM_ROUNDS; round++) {
      close = openUnread(target, answer.workload, WARM_READERS);
      await settled(server.rssBytes);
      close();
    }
    await delay(LATER_MS);
    await server.collectGarbage();
    const rssBefore = server.rssBytes();
    const kernelBefore = kernelTcpBytes();
    close = openUnread(target, answer.workload, readers);
    const { most } = await settled(server.rssBytes);
    const look = async () => {
      await server.collectGarbage();
      const resident = (server.rssBytes() - rssBefore) / readers;
      const kernel = (kernelTcpBytes() - kernelBefore) / readers;
      return { resident, kernel, total: resident + kernel };
    };
    const soon = await look();
    await delay(LATER_MS);
    return { soon, later: await look(), most: (most - rssBefore) / readers };
  } finally {
    close();
    await stop();
  }
}

/** Asks for the answers and leaves them in the sockets. @returns closes them */
function openUnread(target, workload, count) {
  const sockets = [];
  for (let reader = 0; reader < count; reader++) {
    const { hostname, port, host } = new URL(target.url);
    const body = JSON.stringify(target.body).replaceAll('$workload', workload);
    const headers = Array.isArray(target.headers)
      ? target.headers[reader % target.headers.length]
      : target.headers;
    const socket = connect({ host: hostname, port: Number(port) });
    // Before it is connected, so that not even the first buffer is read.
    socket.pause();
    socket.on('error', (error) => progress(`A reader lost its connection: ${error.message}`));
    socket.write(
      [
        `POST ${target.path} HTTP/1.1`,
        `Host: ${host}`,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        '',
        body,
      ].join('\r\n'),
    );
    sockets.push(socket);
  }
  return () => sockets.forEach((socket) => socket.destroy());
}

function toSection({ megabytes, loopback }, rows) {
  const title = `Answers of ${megabytes} MB${loopback ? ', over the loopback' : ''}`;
  const columns = [
    'MB per reader',
    'server',
    'highest',
    'kernel',
    'server + kernel',
    `${LATER_MS / 1000} s later: server`,
    'kernel',
    'server + kernel',
  ];
  const table = toTable(
    columns,
    rows.map(({ name, soon, most, later }) => [
      name,
      ...[soon.resident, most, soon.kernel, soon.total, later.resident, later.kernel, later.total].map(
        (bytes) => bytes / MEGABYTE,
      ),
    ]),
  );
  const bars = rows.map(({ name, later }) => ({
    name,
    value: Math.max(0, later.total / MEGABYTE),
    own: name === 'Tollgate',
  }));
  const chart = barChart(`${title}, not read for ${LATER_MS / 1000} s: MB per reader, kernel included`, bars);
  return { title, table, charts: { [`${megabytes}mb${loopback ? '-loopback' : ''}`]: chart } };
}
