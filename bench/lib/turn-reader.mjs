// Single turns of the product, for measurements that look at one request at a time.
import { Agent, request as httpRequest } from 'node:http';
import { eventSplitter, READERS, tokenChecker } from './token-checker.mjs';

const agent = new Agent({ keepAlive: true });

/** Starts a turn and reads on until `untilTokens`, or its end. */
export function startTurn(url, token, workload, { untilTokens = Infinity, sessionId } = {}) {
  const body = JSON.stringify({ chatflow_id: workload, question: 'bench', sessionId });
  return readStream(
    { url, method: 'POST', path: '/predict/stream/store', token, body },
    untilTokens,
    newReading(),
  );
}

/** Goes on with what `startTurn` has read, as an EventSource does; the tokens must follow without gap or double. */
export function resumeTurn(url, token, reading, { untilTokens = Infinity } = {}) {
  const path = `/turns/${reading.turnId}/stream`;
  return readStream(
    { url, method: 'GET', path, token, headers: { 'last-event-id': reading.lastId } },
    untilTokens,
    reading,
  );
}

/** Reads a turn that runs from its beginning, as somebody else's tab does. @returns as the others, and the delay of each token that came behind the first event */
export async function followTurn(url, token, turnId, { untilTokens = Infinity } = {}) {
  const delaysMs = [];
  // The first event catches up with what was said before.
  let isLive = false;
  const reading = { ...newReading((delayMs) => isLive && delaysMs.push(delayMs)), turnId };
  const asked = { url, method: 'GET', path: `/turns/${turnId}/stream`, token };
  const read = await readStream(asked, untilTokens, reading, {
    onFirst: () => setImmediate(() => (isLive = true)),
  });
  return { ...read, delaysMs };
}

/** Asks, or follows a turn, and reads to the end. @returns at once: promises of its id, its first text and its end, and how many tokens have come */
export function openTurn(url, token, workload, turnId) {
  const reading = { ...newReading(), turnId };
  const [id, first] = [promise(), promise()];
  const body =
    workload === undefined ? undefined : JSON.stringify({ chatflow_id: workload, question: 'bench' });
  const asked =
    body === undefined
      ? { url, method: 'GET', path: `/turns/${turnId}/stream`, token }
      : { url, method: 'POST', path: '/predict/stream/store', token, body };
  const ended = readStream(asked, Infinity, reading, { onId: id.resolve, onFirst: first.resolve });
  ended.catch((error) => [id, first].forEach(({ reject }) => reject(error)));
  return { turnId: id.promise, first: first.promise, ended, tokens: () => reading.checker.expected };
}

function promise() {
  let settle;
  const result = new Promise((resolve, reject) => (settle = { resolve, reject }));
  result.catch(() => undefined);
  return { promise: result, ...settle };
}

const newReading = (onDelay = () => undefined) => ({
  turnId: undefined,
  lastId: undefined,
  checker: tokenChecker({
    onToken: (_receivedNs, delayMs) => {
      if (delayMs !== undefined) onDelay(delayMs);
    },
  }),
});

/**
 * @returns the turn's id, the last event's id, how many tokens were seen in all, and the milliseconds from the request to
 * its first text and to its end
 */
function readStream(
  { url, method, path, token, headers = {}, body },
  untilTokens,
  reading,
  { onId = () => undefined, onFirst = () => undefined } = {},
) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let firstMs;
    const done = () =>
      resolve({
        ...reading,
        tokens: reading.checker.expected,
        firstMs,
        wholeMs: performance.now() - startedAt,
      });
    const takeChunk = eventSplitter((data, id) => {
      const text = READERS.predict(JSON.parse(data));
      if (text !== '') {
        if (firstMs === undefined) onFirst();
        firstMs ??= performance.now() - startedAt;
        reading.checker.take(text);
      }
      reading.lastId = id ?? reading.lastId;
    });
    const outgoing = httpRequest(new URL(path, url), {
      method,
      agent,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`${method} ${path}: ${response.statusCode}`));
        return;
      }
      reading.turnId ??= response.headers['x-turn-id'];
      onId(reading.turnId);
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        try {
          takeChunk(chunk);
        } catch (error) {
          reject(error);
          outgoing.destroy();
        }
        if (reading.checker.expected < untilTokens) return;
        done();
        outgoing.destroy();
      });
      response.on('end', done);
    });
    outgoing.end(body);
  });
}
