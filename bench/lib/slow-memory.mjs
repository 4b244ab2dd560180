// What readers of one long answer cost the server, by kind of reader.
import { setTimeout as delay } from 'node:timers/promises';
import { startTollgateTarget } from '../tollgate-target.mjs';
import { bytesInKernel } from './own-network.mjs';
import { kernelTcpBytes, settled } from './settle.mjs';
import { median } from './stats.mjs';
import { parseWorkload } from './workload.mjs';

export const WARM_READERS = 100;
/** V8 gives memory back in steps, some of them seconds after the collection that freed it. */
const COLLECTIONS = 4;
const COLLECTION_EVERY_MS = 2000;
/** HTTP framing makes streams of one answer differ by less. */
const FRAMING_SHARE = 0.02;

export const startServer = (upstreamUrl, workloads) =>
  startTollgateTarget(
    upstreamUrl,
    workloads,
    {
      UPSTREAM_IDLE_TIMEOUT_MS: '3600000',
      TURN_TIMEOUT_MS: '3600000',
      // What still runs when a figure is taken need not be waited for.
      SHUTDOWN_GRACE_MS: '0',
    },
    { collectable: true },
  );

/** Starts a turn that stays open, and waits until the server has its whole answer. */
export async function startTurn({ target, tokens }, workload) {
  const response = await fetch(`${target.url}${target.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${tokens[0]}` },
    body: JSON.stringify({ ...target.body, chatflow_id: workload }),
  });
  const id = response.headers.get('x-turn-id');
  const last = `t${parseWorkload(workload).tokens - 1} `;
  const decoder = new TextDecoder();
  let tail = '';
  for await (const chunk of response.body) {
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-200);
    if (tail.includes(last)) return { id, last };
  }
  throw new Error('The turn ended');
}

/**
 * Opens readers of a turn.
 * @param longTurn has been read once before, also when others are measured, so that processes differ in nothing but their readers
 * @param kind how many readers, how fast they read, and how much the kernel takes for each
 * @returns in bytes: what the whole process occupies with all of them; and per reader: growth of the heap and of buffers, and where the
 * answer is
 */
export async function measureReaders({ server, target, tokens }, slowClient, { turn, longTurn }, kind) {
  const readerOf = ({ id }) => ({ url: target.url, path: `/turns/${id}/stream`, token: tokens[0] });
  const { bytes: longAnswer } = await slowClient.ask({
    job: 'measure',
    last: longTurn.last,
    ...readerOf(longTurn),
  });
  const answer = turn === longTurn ? longAnswer : 0;
  const { bytesPerSecond, receiveBuffer, readers } = kind;
  const open = (count) =>
    slowClient.ask({ job: 'open', readers: count, receiveBuffer, bytesPerSecond, ...readerOf(turn) });
  await open(WARM_READERS);
  const before = await collected(server);
  const kernelBefore = kernelTcpBytes();
  await open(readers);
  await settled(server.rssBytes);
  const kernel = (kernelTcpBytes() - kernelBefore) / readers;
  const where = await whereabouts(slowClient, Number(new URL(target.url).port), readers, answer);
  const after = await collected(server);
  const each = (field) => (after[field] - before[field]) / readers;
  return {
    readers,
    resident: after.resident,
    heap: each('heap'),
    buffers: each('buffers'),
    held: each('heap') + each('buffers'),
    kernel,
    answer,
    ...where,
  };
}

/** The server's memory without garbage, its own and that of earlier work. */
async function collected(server) {
  let memory;
  for (let collection = 0; collection < COLLECTIONS; collection++) {
    memory = await server.collectGarbage();
    await delay(COLLECTION_EVERY_MS);
  }
  return { resident: server.rssBytes(), ...memory };
}

/** Follows the answer's bytes: what the kernel has not been given is kept by the server, which waits for the reader. */
async function whereabouts(slowClient, serverPort, readers, answer) {
  const { readers: all } = await slowClient.ask({ job: 'look' });
  const newest = all.slice(-readers);
  const queues = bytesInKernel(
    serverPort,
    newest.map(({ port }) => port),
  );
  const each = newest.map(({ port, bytesRead }) => {
    const { unsent, unread } = queues.get(port);
    const queued = unsent + unread;
    return { taken: bytesRead, queued, withheld: Math.max(0, answer - bytesRead - queued) };
  });
  return {
    taken: median(each.map(({ taken }) => taken)),
    queued: median(each.map(({ queued }) => queued)),
    withheld: median(each.map(({ withheld }) => withheld)),
    waitedFor: each.filter(({ withheld }) => withheld > answer * FRAMING_SHARE).length,
  };
}
