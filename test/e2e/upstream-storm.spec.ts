import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpstreamConfig } from '../../src/config/app-config.js';
import { AppError } from '../../src/platform/errors/app-error.js';
import { createLog } from '../../src/platform/logging/create-log.js';
import type { ProviderRequest } from '../../src/upstream/chat-provider.port.js';
import { UpstreamAgent } from '../../src/upstream/http/upstream-agent.js';
import { UpstreamHttp } from '../../src/upstream/http/upstream-http.js';
import { StormProvider } from '../../src/upstream/storm/storm.provider.js';
import { upstream } from '../support/upstream/behaviours.js';
import { textOf } from '../support/upstream/flowise-fixtures.js';
import { refusingUrl } from '../support/ports.js';
import { MemoryThreadStore } from '../support/upstream/memory-thread.store.js';
import { collect, providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';
import { startReplayServer, type ReplayServer } from '../support/upstream/replay-server.js';

const FIXTURES = join(import.meta.dirname, '../../src/upstream/storm/__fixtures__');
const shape = (name: 'a' | 'b') => readFileSync(join(FIXTURES, `shape-${name}.sse`));
const success = (data: unknown) => ({ status: 'success', data });
const message = (content: string, more: object = {}) => success({ ...more, message: { content } });
const FINAL = success({ is_final_event: true });
const THREAD_A = '7335021897265348600';

describe('the Storm provider', () => {
  let server: ReplayServer;
  let agent: UpstreamAgent;
  let threads: MemoryThreadStore;

  beforeEach(async () => {
    server = await startReplayServer();
    agent = new UpstreamAgent();
    threads = new MemoryThreadStore();
  });
  afterEach(async () => {
    await agent.onApplicationShutdown();
    await server.close();
  });

  const call = (
    changes: Partial<ProviderRequest> = {},
    signal = new AbortController().signal,
    settings: Partial<UpstreamConfig> = {},
  ) => {
    const config = upstreamConfig({ storm: { url: server.url, apiKey: 'storm-key' }, ...settings });
    const http = new UpstreamHttp(agent, config);
    const provider = new StormProvider(config, http, threads, createLog({ level: 'silent' }));
    return provider.call(providerRequest(changes), signal);
  };

  describe.each(['a', 'b'] as const)('with streams of shape %s', (name) => {
    it.each([1, 7, 100_000])('answers in writes of %s bytes', async (size) => {
      const body = shape(name);
      const writes: Buffer[] = [];
      for (let at = 0; at < body.length; at += size) writes.push(body.subarray(at, at + size));
      server.respondWith(upstream.raw(...writes));
      const { events, error } = await collect(call());
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('Dreißig Tage 🌴.');
      expect(events.filter(({ type }) => type === 'sources')).toHaveLength(1);
    });

    it('fails when the stream ends early', async () => {
      const body = shape(name);
      server.respondWith(upstream.raw(body.subarray(0, body.lastIndexOf('data:'))));
      const { error, events } = await collect(call());
      expect(error).toMatchObject({ code: 'upstream_failed', retryable: true });
      expect(textOf(events)).toBe('Dreißig Tage 🌴.');
    });
  });

  describe('sends', () => {
    beforeEach(() => server.respondWith(upstream.events(message('ok'), FINAL)));

    it('the question and the chatflow’s buckets, with our key', async () => {
      await collect(call({ target: { bucketIds: ['handbook'] } }));
      expect(server.requests).toMatchObject([
        { method: 'POST', path: '/api/v2/answer/stream', headers: { 'storm-api-key': 'storm-key' } },
      ]);
      expect(server.requests[0]?.body).toEqual({ question: 'Hi', bucketIds: ['handbook'] });
    });

    it('the buckets that a request chooses among those of its chatflow, never others', async () => {
      const target = { bucketIds: ['a', 'b'] };
      await collect(call({ target, overrideConfig: { bucketIds: ['b', 'secret'] } }));
      await collect(call({ target, overrideConfig: { bucketIds: ['secret'] } }));
      await collect(call({ overrideConfig: { bucketIds: ['free', 7] } }));
      expect(server.requests.map(({ body }) => body.bucketIds)).toEqual([['b'], ['a', 'b'], ['free']]);
    });

    it('no key to a server that a chatflow names, except our own', async () => {
      const other = await startReplayServer();
      other.respondWith(upstream.events(FINAL));
      await collect(call({ target: { baseUrl: `${other.url}/prefix/` } }));
      expect(other.requests[0]?.headers).not.toHaveProperty('storm-api-key');
      expect(other.requests[0]?.path).toBe('/prefix/api/v2/answer/stream');
      await other.close();
    });
  });

  describe('keeps the thread of a session', () => {
    it('and goes on in it, having written it once', async () => {
      server.respondWith(
        upstream.raw(shape('a')),
        upstream.events(message('2', { threadId: THREAD_A }), FINAL),
      );
      for (let turn = 0; turn < 3; turn += 1) await collect(call());
      expect(server.requests.map(({ body }) => body.threadId)).toEqual([undefined, THREAD_A, THREAD_A]);
      expect(threads.writes).toBe(1);
    });

    it.each([1, 7])('also when it is named behind the first events, in writes of %s bytes', async (size) => {
      const body = shape('a');
      const writes: Buffer[] = [];
      for (let at = 0; at < body.length; at += size) writes.push(body.subarray(at, at + size));
      server.respondWith(upstream.raw(...writes));
      await collect(call());
      expect([...threads.threads.values()]).toEqual([THREAD_A]);
      expect(threads.writes).toBe(1);
    });

    it('apart for each user, session and server', async () => {
      server.respondWith(upstream.raw(shape('a')));
      await collect(call());
      await collect(call({ userId: 'other' }));
      await collect(call({ sessionId: 'other' }));
      expect(server.requests.map(({ body }) => body.threadId)).toEqual([undefined, undefined, undefined]);
      expect(threads.threads.size).toBe(3);
    });

    it('also when the turn is stopped or fails behind its first event', async () => {
      server.respondWith(upstream.hangAfter(message('a', { threadId: '1' })));
      const controller = new AbortController();
      const events = call({}, controller.signal).events[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      expect(threads.threads.size).toBe(1);
    });

    it('and answers all the same when it cannot be written', async () => {
      threads.keep = () => Promise.reject(new Error('no database'));
      server.respondWith(upstream.raw(shape('b')));
      const { error, events } = await collect(call());
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('Dreißig Tage 🌴.');
    });
  });

  it('reads an answer that comes as one document', async () => {
    server.respondWith(
      upstream.json(
        success({
          chat: { id: '2', threadId: THREAD_A, question: 'Hi', answer: 'All at once', status: 'done' },
          contexts: [{ id: '3', type: 'document', fileName: 'a.pdf', context: 'text' }],
        }),
      ),
    );
    const running = call();
    const { error, events } = await collect(running);
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe('All at once');
    expect(events.some(({ type }) => type === 'sources')).toBe(true);
    expect(running.arrivedWhole).toBe(true);
    expect([...threads.threads.values()]).toEqual([THREAD_A]);
  });

  describe('fails with', () => {
    const failure = async (
      settings: Partial<UpstreamConfig> = {},
      changes: Partial<ProviderRequest> = {},
    ) => {
      const { error, events } = await collect(call(changes, undefined, settings));
      expect(error).toBeInstanceOf(AppError);
      const { code, publicMessage, retryable, retryAfterSeconds } = error as AppError;
      expect(publicMessage).not.toMatch(/secret|stack|HTTP|127\.0\.0\.1|ECONN/);
      return { code, retryable, retryAfterSeconds, text: textOf(events) };
    };

    it('upstream_unavailable when nobody listens, or no address is known', async () => {
      const storm = { url: await refusingUrl(), apiKey: undefined };
      expect(await failure({ storm })).toMatchObject({ code: 'upstream_unavailable', retryable: true });
      expect(await failure({ storm: undefined })).toMatchObject({
        code: 'upstream_unavailable',
        retryable: false,
      });
    });

    it.each([
      [401, {}, { code: 'upstream_failed', retryable: false }],
      [429, { 'retry-after': '7' }, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: 7 }],
      [500, {}, { code: 'upstream_failed', retryable: true }],
      [503, { 'retry-after': '3' }, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: 3 }],
    ])('the right code for HTTP %s %j', async (status, headers, expected) => {
      server.respondWith(upstream.status(status, headers));
      expect(await failure()).toMatchObject(expected);
    });

    it.each([
      [
        { status: 'error', message: 'secret' },
        { code: 'upstream_failed', retryable: true },
      ],
      [
        { status: 'error', error: { code: 'RATE_LIMIT' } },
        { code: 'upstream_unavailable', retryable: true },
      ],
      [
        { status: 'fail', data: { message: 'Invalid API key' } },
        { code: 'upstream_failed', retryable: false },
      ],
    ])('the right code for %j, in a stream and as a document', async (told, expected) => {
      server.respondWith(upstream.events(message('a'), told), upstream.json(told));
      expect(await failure()).toMatchObject({ ...expected, text: 'a' });
      expect(await failure()).toMatchObject({ ...expected, text: '' });
    });

    it('upstream_failed when the connection breaks, for a page, and for a document that is no answer', async () => {
      server.respondWith(upstream.reset(message('a')), upstream.html(), upstream.json({ hello: 1 }));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'a' });
      expect(await failure()).toMatchObject({ code: 'upstream_failed' });
      expect(await failure()).toMatchObject({ code: 'upstream_failed' });
    });

    it('upstream_timeout when the headers do not come, or the events stop', async () => {
      server.respondWith(upstream.hang(), upstream.hangAfter(message('a')));
      expect(await failure({ headersTimeoutMs: 50 })).toMatchObject({ code: 'upstream_timeout' });
      expect(await failure({ idleTimeoutMs: 100 })).toMatchObject({ code: 'upstream_timeout', text: 'a' });
    });
  });

  it('lets go of the connection when the signal aborts, and knows of no acknowledgement', async () => {
    server.respondWith(upstream.hangAfter(message('a')));
    const controller = new AbortController();
    const running = call({}, controller.signal);
    const events = running.events[Symbol.asyncIterator]();
    await events.next();
    const next = events.next();
    controller.abort('stopped');
    await expect(next).rejects.toBe('stopped');
    const request = await server.request(0);
    await request.closed;
    expect(request.clientLeft).toBe(true);
    await expect(running.stop()).resolves.toEqual({ acknowledged: false });
  });
});
