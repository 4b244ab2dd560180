import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UpstreamConfig } from '../../src/config/app-config.js';
import { AppError } from '../../src/platform/errors/app.error.js';
import type { ProviderRequest, UpstreamConversation } from '../../src/upstream/chat-provider.port.js';
import { UpstreamAgent } from '../../src/upstream/http/upstream-agent.service.js';
import { UpstreamHttp } from '../../src/upstream/http/upstream-http.service.js';
import { StormProvider } from '../../src/upstream/storm/storm.provider.js';
import { upstream } from '../support/upstream/behaviours.js';
import { textOf } from '../support/upstream/flowise-fixtures.js';
import { refusingUrl } from '../support/ports.js';
import { collect, providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';
import { startReplayServer, type ReplayServer } from '../support/upstream/replay-server.js';
import { NoTracing } from '../../src/platform/tracing/no-tracing.js';

const FIXTURES = join(import.meta.dirname, '../../src/upstream/storm/__fixtures__');
const shape = (name: 'a' | 'b') => readFileSync(join(FIXTURES, `shape-${name}.sse`));
const success = (data: unknown) => ({ status: 'success', data });
const message = (content: string, more: object = {}) => success({ ...more, message: { content } });
const FINAL = success({ is_final_event: true });
const THREAD_A = '7335021897265348600';

describe('the Storm provider', () => {
  let server: ReplayServer;
  let agent: UpstreamAgent;
  /** The names that the server gave the conversation, in order. */
  let names: string[];

  beforeEach(async () => {
    server = await startReplayServer();
    agent = new UpstreamAgent();
    names = [];
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
    const http = new UpstreamHttp(agent, config, new NoTracing());
    return new StormProvider(config, http).call(providerRequest(changes), signal);
  };
  const conversation = (upstreamId?: string): UpstreamConversation => ({
    id: 'conversation-1',
    ...(upstreamId !== undefined && { upstreamId }),
    named: (name) => {
      names.push(name);
      return Promise.resolve();
    },
  });

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

    it('never a bucket that a request names', async () => {
      const overrideConfig = { bucketIds: ['b', 'secret'] };
      await collect(call({ target: { bucketIds: ['a', 'b'] }, overrideConfig }));
      await collect(call({ overrideConfig }));
      expect(server.requests.map(({ body }) => body.bucketIds)).toEqual([['a', 'b'], undefined]);
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

  describe('keeps the thread of a conversation', () => {
    it('and goes on in it, having named it once', async () => {
      server.respondWith(upstream.raw(shape('a')));
      await collect(call({ conversation: conversation() }));
      await collect(call({ conversation: conversation(THREAD_A) }));
      expect(server.requests.map(({ body }) => body.threadId)).toEqual([undefined, THREAD_A]);
      expect(names).toEqual([THREAD_A]);
    });

    it.each([1, 7])('also when it is named behind the first events, in writes of %s bytes', async (size) => {
      const body = shape('a');
      const writes: Buffer[] = [];
      for (let at = 0; at < body.length; at += size) writes.push(body.subarray(at, at + size));
      server.respondWith(upstream.raw(...writes));
      await collect(call({ conversation: conversation() }));
      expect(names).toEqual([THREAD_A]);
    });

    it('also when the turn is stopped or fails behind its first event', async () => {
      server.respondWith(upstream.hangAfter(message('a', { threadId: '1' })));
      const controller = new AbortController();
      const running = call({ conversation: conversation() }, controller.signal);
      const events = running.events[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      expect(names).toEqual(['1']);
    });

    it('before the turn ends, so that the next one finds it', async () => {
      let isKept = false;
      const named = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        isKept = true;
      };
      server.respondWith(upstream.raw(shape('b')));
      await collect(call({ conversation: { ...conversation(), named } }));
      expect(isKept).toBe(true);
    });

    it.each([400, 404, 410, 422])(
      'and begins another when the server has forgotten it (%s)',
      async (status) => {
        server.respondWith(upstream.status(status), upstream.raw(shape('a')));
        const running = call({ conversation: conversation('forgotten') });
        const { error, events } = await collect(running);
        expect(error).toBeUndefined();
        expect(textOf(events)).toBe('Dreißig Tage 🌴.');
        expect(server.requests.map(({ body }) => body.threadId)).toEqual(['forgotten', undefined]);
        expect(names).toEqual([THREAD_A]);
        expect(running.reach).toBe('accepted');
      },
    );

    it('and asks no third time, nor again for another refusal or without a thread', async () => {
      server.respondWith(upstream.status(404));
      expect((await collect(call({ conversation: conversation('forgotten') }))).error).toBeInstanceOf(
        AppError,
      );
      expect(server.requests).toHaveLength(2);
      await collect(call({ conversation: conversation() }));
      expect(server.requests).toHaveLength(3);
      server.respondWith(upstream.status(401));
      await collect(call({ conversation: conversation('known') }));
      expect(server.requests).toHaveLength(4);
      expect(names).toEqual([]);
    });
  });

  it('cannot be told to forget a conversation', async () => {
    const provider = new StormProvider(
      upstreamConfig({}),
      new UpstreamHttp(agent, upstreamConfig({}), new NoTracing()),
    );
    const forgotten = { id: 'conversation-1', chatflowId: 'flow-1', target: {} };
    await expect(provider.forget(forgotten, new AbortController().signal)).resolves.toBe('unsupported');
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
    const running = call({ conversation: conversation() });
    const { error, events } = await collect(running);
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe('All at once');
    expect(events.some(({ type }) => type === 'sources')).toBe(true);
    expect(running.arrivedWhole).toBe(true);
    expect(names).toEqual([THREAD_A]);
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
      expect(await failure({ idleTimeoutMs: 400 })).toMatchObject({ code: 'upstream_timeout', text: 'a' });
    });
  });

  it.each([
    ['cut', upstream.reset(message('a')), false],
    ['closed without its end', upstream.events(message('a')), false],
    ['complete', upstream.events(message('a'), FINAL), true],
    ['refused', upstream.status(401), true],
    ['an HTTP error of the server', upstream.status(500), false],
  ])('knows of an end that was said only: %s', async (_name, behaviour, acknowledged) => {
    server.respondWith(behaviour);
    const running = call();
    await collect(running);
    await expect(running.stop()).resolves.toEqual({ acknowledged });
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
