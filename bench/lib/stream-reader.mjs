// One stream of the load client, every byte checked.
import { request as httpRequest } from 'node:http';
import { eventSplitter, READERS, tokenChecker } from './token-checker.mjs';
import { nowNs, parseWorkload } from './workload.mjs';

/**
 * Starts a stream.
 * @param onToken called for every token with its reception time and, when it is paced, its delay in milliseconds
 * @returns `opened`, `first` and `ended` as promises, and `close`. `ended` gives the milliseconds to the first token and
 * each paced token's delay; all reject when a byte was wrong, or the stream ended early without `close`
 */
export function openStream({ target, workload, agent, onToken = () => undefined }) {
  const { tokens } = parseWorkload(workload);
  const readText = READERS[target.read];
  const startedNs = nowNs();
  const [opened, first, ended] = [promise(), promise(), promise()];
  const run = { firstMs: undefined, delaysMs: [], tokens };
  let closed = false;
  const fail = (error) => {
    if (closed) return;
    for (const { reject } of [opened, first, ended]) reject(error);
    outgoing.destroy();
  };
  const checker = tokenChecker({
    onToken(receivedNs, delayMs) {
      if (delayMs !== undefined) run.delaysMs.push(delayMs);
      onToken(receivedNs, delayMs);
    },
  });
  const takeChunk = eventSplitter((data) => {
    const text = readText(JSON.parse(data));
    if (text === '') return;
    if (run.firstMs === undefined) {
      run.firstMs = Number(nowNs() - startedNs) / 1e6;
      first.resolve(run.firstMs);
    }
    checker.take(text);
  });
  const body = JSON.stringify(fill(target.body, workload));
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...pick(target.headers),
  };
  const outgoing = httpRequest(new URL(target.path, target.url), { method: 'POST', agent, headers });
  outgoing.on('error', fail);
  outgoing.once('response', (response) => {
    if (response.statusCode !== 200) return fail(new Error(`status ${response.statusCode}`));
    opened.resolve();
    response.setEncoding('utf8').on('data', (chunk) => {
      try {
        takeChunk(chunk);
      } catch (error) {
        fail(error);
      }
    });
    response.on('error', fail);
    response.on('end', () => {
      if (checker.expected === tokens) ended.resolve(run);
      else fail(new Error(`${checker.expected} of ${tokens} tokens`));
    });
  });
  outgoing.end(body);
  return {
    opened: opened.promise,
    first: first.promise,
    ended: ended.promise,
    close: () =>
      new Promise((resolve) => {
        closed = true;
        if (outgoing.closed) resolve();
        else outgoing.once('close', resolve).destroy();
      }),
  };
}

/** A promise to be settled from outside; whoever does not wait for it misses nothing. */
function promise() {
  let settle;
  const result = new Promise((resolve, reject) => (settle = { resolve, reject }));
  result.catch(() => undefined);
  return { promise: result, ...settle };
}

const fill = (body, workload) => JSON.parse(JSON.stringify(body).replaceAll('$workload', workload));
/** Several identities take turns: `headers` may be a list. */
let next = 0;
const pick = (headers) => (Array.isArray(headers) ? headers[next++ % headers.length] : headers);
