// `npm run bench:unread`: memory of a reader that does not read at all, side by side: what the server keeps for it, and
// the kernel's socket buffers. Every figure is of a fresh server. Linux only.
// Options: --answers 1,3.8,64 (MB), --readers 8, --only Tollgate,…, --no-portkey, --node PATH, --write
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { barChart } from './lib/chart.mjs';
import { startClient } from './lib/client.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, toTable, writeReport } from './lib/report.mjs';
import { kernelTcpBytes, settled } from './lib/settle.mjs';
import { chosenTargets, startTarget } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    answers: { type: 'string', default: '1,3.8,64' },
    readers: { type: 'string', default: '8' },
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
/** What the first long answers make the heap grow by is not the next reader's. They stay open, so that it is not free either. */
const WARM_READERS = 8;
const readers = Number(options.readers);

const answers = options.answers.split(',').map((megabytes) => ({
  megabytes: Number(megabytes),
  workload: `n${Math.round((Number(megabytes) * MEGABYTE) / TOKEN_CHARACTERS)}-r0`,
}));
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
      const unread = await measure(name, answer, openUnread);
      // Reading a longer one takes minutes and tells nothing new.
      const read = answer.megabytes < PRODUCT_BOUND_MB ? await measure(name, answer, readAll) : undefined;
      progress(`${answer.megabytes} MB, ${name}: ${(unread.total / MEGABYTE).toFixed(2)} MB each`);
      rows.push({ name, unread, read });
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
      `${readers} readers, each with an answer of its own that it asks for and never reads a byte of. Megabytes per reader, each figure of a fresh server on which ${WARM_READERS} such readers were there before: growth of its resident memory (what it holds after a garbage collection, and the highest seen before it), and growth of the kernel's TCP memory, which includes the reader's own receive buffer and, where the server stops reading, the connection from the upstream. Beside them what the same answers cost when they are read at once: Tollgate keeps every answer in its log while the turn runs and a minute longer, and stores it. Plain @Sse() drops a reader that has left 4 M characters unread, which is why it keeps little.`,
      `Tollgate ends an answer at ${PRODUCT_BOUND_MB} MB of characters, so it is not in the table of a longer one.`,
      ...notes,
    ],
    sections,
  });
}

/** Like `measureOne`; one server that fails does not cost the others' figures. */
async function measure(name, answer, open) {
  try {
    return await measureOne(name, answer, open);
  } catch (error) {
    notes.push(`${name} failed at ${answer.megabytes} MB: ${error.message.split('\n')[0]}`);
    progress(notes.at(-1));
    return { resident: NaN, most: NaN, kernel: NaN, total: NaN };
  }
}

/** Growth of memory per reader in bytes, from a server with some `open` answers to one with more. */
async function measureOne(name, answer, open) {
  const { server, target, stop } = await startTarget(
    name,
    upstream.url,
    [WARM.workload, answer.workload],
    { UPSTREAM_IDLE_TIMEOUT_MS: '3600000', TURN_TIMEOUT_MS: '3600000', SHUTDOWN_GRACE_MS: '0' },
    { node: options.node, collectable: true },
  );
  const closing = [];
  try {
    for (let round = 0; round < WARM.rounds; round++)
      await client.ask({ job: 'together', target, workload: WARM.workload, streams: WARM.streams });
    closing.push(await open(target, answer.workload, WARM_READERS));
    await settled(server.rssBytes);
    await server.collectGarbage();
    const rssBefore = server.rssBytes();
    const kernelBefore = kernelTcpBytes();
    closing.push(await open(target, answer.workload, readers));
    const { most } = await settled(server.rssBytes);
    const kernel = (kernelTcpBytes() - kernelBefore) / readers;
    await server.collectGarbage();
    const resident = (server.rssBytes() - rssBefore) / readers;
    return { resident, most: (most - rssBefore) / readers, kernel, total: resident + kernel };
  } finally {
    for (const close of closing) close();
    await stop();
  }
}

/** Asks for the answers and leaves them in the sockets. @returns closes them */
async function openUnread(target, workload, count) {
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

/** The same answers read to their end, every byte checked. */
async function readAll(target, workload, count) {
  await client.ask({ job: 'together', target, workload, streams: count });
  return () => undefined;
}

function toSection({ megabytes }, rows) {
  const title = `Answers of ${megabytes} MB`;
  const columns = ['MB per reader', 'server', 'highest', 'kernel', 'server + kernel', 'the same, when read'];
  const table = toTable(
    columns,
    rows.map(({ name, unread, read }) => [
      name,
      ...[unread.resident, unread.most, unread.kernel, unread.total, read?.total ?? NaN].map((bytes) =>
        Math.max(0, bytes / MEGABYTE),
      ),
    ]),
  );
  const bars = rows.map(({ name, unread }) => ({
    name,
    value: Math.max(0, unread.total / MEGABYTE),
    own: name === 'Tollgate',
  }));
  const chart = barChart(`${title}, not read: MB per reader, kernel included`, bars);
  return { title, table, charts: { [`${megabytes}mb`]: chart } };
}
