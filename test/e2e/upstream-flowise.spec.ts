import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ProviderRequest } from '../../src/upstream/chat-provider.port.js';
import { FlowiseProvider } from '../../src/upstream/flowise/flowise.provider.js';
import { UpstreamAgent } from '../../src/upstream/http/upstream-agent.service.js';
import { UpstreamHttp } from '../../src/upstream/http/upstream-http.service.js';
import { AppError } from '../../src/platform/errors/app.error.js';
import type { UpstreamConfig } from '../../src/config/app-config.js';
import { flowise, flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import {
  flowiseFixtureNames,
  mergeText,
  readFlowiseFixture,
  textOf,
} from '../support/upstream/flowise-fixtures.js';
import { refusingUrl } from '../support/ports.js';
import { startFlowiseReplay, type FlowiseReplay } from '../support/upstream/flowise-replay.js';
import { Gate } from '../support/upstream/gate.js';
import { collect, providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';
import { NoTracing } from '../../src/platform/tracing/no-tracing.js';

const conversation = { id: 'conversation-1', named: () => Promise.resolve() };

describe('the Flowise provider', () => {
  let replay: FlowiseReplay;
  let agent: UpstreamAgent;

  beforeEach(async () => {
    replay = await startFlowiseReplay();
    agent = new UpstreamAgent();
  });
  afterEach(async () => {
    await agent.onApplicationShutdown();
    await replay.close();
  });

  function newProvider(settings: Partial<UpstreamConfig> = {}): FlowiseProvider {
    const defaults = { flowise: { url: replay.url, apiKey: 'flowise-key' } };
    const config = upstreamConfig({ ...defaults, ...settings });
    return new FlowiseProvider(config, agent, new UpstreamHttp(agent, config, new NoTracing()));
  }
  const call = (
    changes: Partial<ProviderRequest> = {},
    signal = new AbortController().signal,
    settings: Partial<UpstreamConfig> = {},
  ) => newProvider(settings).call(providerRequest(changes), signal);

  describe('sends', () => {
    it('question, history, uploads and the conversation’s id to the flow, under a name of the call’s own', async () => {
      const uploads = [
        { type: 'file', name: 'a.png', data: 'data:image/png;base64,AA==', mime: 'image/png' },
      ] as const;
      const running = call({
        conversation,
        target: { flowId: 'flow/2' },
        history: [
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'a' },
        ],
        overrideConfig: { vars: { x: 1 }, sessionId: 'somebody-else' },
        uploads,
      });
      await collect(running);
      expect(replay.requests).toHaveLength(1);
      expect(replay.requests[0]).toMatchObject({
        flowId: 'flow/2',
        headers: { authorization: 'Bearer flowise-key', 'content-type': 'application/json' },
        body: {
          question: 'Hi',
          streaming: true,
          chatId: running.runId,
          history: [
            { role: 'userMessage', content: 'q' },
            { role: 'apiMessage', content: 'a' },
          ],
          overrideConfig: { vars: { x: 1 }, sessionId: 'conversation-1' },
          uploads,
        },
      });
    });

    it('another run’s name with each call, and no memory that another call has without a conversation', async () => {
      const provider = newProvider();
      const { signal } = new AbortController();
      const calls = [provider.call(providerRequest({ conversation }), signal)];
      calls.push(provider.call(providerRequest({ conversation }), signal));
      calls.push(provider.call(providerRequest({ overrideConfig: { sessionId: 'mine' } }), signal));
      for (const one of calls) await collect(one);
      const sent = replay.requests.map(({ body }) => body as { chatId: string; overrideConfig: object });
      expect(new Set(sent.map(({ chatId }) => chatId)).size).toBe(3);
      expect(sent.map(({ chatId }) => chatId)).toEqual(calls.map(({ runId }) => runId));
      expect(sent.map(({ overrideConfig }) => overrideConfig)).toEqual([
        { sessionId: 'conversation-1' },
        { sessionId: 'conversation-1' },
        { sessionId: sent[2]?.chatId },
      ]);
    });

    it('no key when none is set', async () => {
      await collect(call({}, undefined, { flowise: { url: replay.url, apiKey: undefined } }));
      expect(replay.requests[0]?.headers).not.toHaveProperty('authorization');
    });

    it('no key to a server that a chatflow names, except our own', async () => {
      const other = await startFlowiseReplay();
      await collect(call({ target: { baseUrl: `${other.url}/prefix/` } }));
      await collect(call({ target: { baseUrl: `${replay.url}/prefix/` } }));
      expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
      expect(replay.requests[0]?.headers).toHaveProperty('authorization', 'Bearer flowise-key');
      await other.close();
    });

    it('nothing before it is read', async () => {
      const unread = call();
      await expect(unread.stop()).resolves.toEqual({ acknowledged: true });
      expect(replay.requests).toHaveLength(0);
    });

    it('turns one after the other over the same connections', async () => {
      const provider = newProvider();
      for (let turn = 0; turn < 20; turn += 1) {
        await collect(provider.call(providerRequest(), new AbortController().signal));
        await (
          await replay.request(turn)
        ).closed;
      }
      // The last event of an answer comes before the end of its response, so the next turn may need a second one.
      expect(new Set(replay.requests.map(({ clientPort }) => clientPort)).size).toBeLessThanOrEqual(3);
    });
  });

  describe('answers with', () => {
    it.each(flowiseFixtureNames().flatMap((name) => [undefined, 7].map((bytes) => [name, bytes] as const)))(
      'the recorded %s in writes of %s bytes',
      async (name, bytes) => {
        const { golden } = readFlowiseFixture(name);
        replay.respondWith(flowise.recorded(name, bytes));
        const { events, error } = await collect(call());
        expect(mergeText(events)).toEqual(golden.events);
        if (golden.outcome === 'done') expect(error).toBeUndefined();
        else expect(error).toBeInstanceOf(AppError);
      },
    );

    it('each token as it comes, before the upstream has finished', async () => {
      const gate = new Gate();
      replay.respondWith(flowise.gated(gate, 'a', 'b', 'c'));
      const events = call().events[Symbol.asyncIterator]();
      for (const text of ['a', 'b', 'c']) {
        const next = events.next();
        gate.release();
        await expect(next).resolves.toEqual({ done: false, value: [{ type: 'text-delta', text }] });
      }
      gate.release();
      await expect(events.next()).resolves.toMatchObject({ done: true });
    });

    it('what garbage leaves of a stream, and counts the rest', async () => {
      replay.respondWith(flowise.garbage());
      const running = call();
      const { events, error } = await collect(running);
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('abc');
      expect(running.report).toEqual({ repairedEvents: 2, droppedEvents: 2, unknownEvents: 0 });
    });

    it('one megabyte in one event', async () => {
      replay.respondWith(flowise.largeToken(1024 * 1024));
      const { events, error } = await collect(call());
      expect(error).toBeUndefined();
      expect(events).toEqual([{ type: 'text-delta', text: 'x'.repeat(1024 * 1024) }]);
    });

    it('every token of a flood, in few batches', async () => {
      replay.respondWith(flowise.flood(20_000));
      const { events, batches, error } = await collect(call());
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe(Array.from({ length: 20_000 }, (_, index) => `t${index} `).join(''));
      expect(batches.length).toBeLessThan(10_000);
    });

    it('every token of a flood to a reader that stands still for a while', async () => {
      replay.respondWith(flowise.flood(200_000));
      // Shorter than the reader stands still: a paused upstream is not a silent one.
      const events = call({}, undefined, { idleTimeoutMs: 1000 }).events[Symbol.asyncIterator]();
      const first = await events.next();
      const started = await replay.request(0);
      let finished = false;
      void started.closed.then(() => (finished = true));
      // Ten MB don't fit into what may be ahead and the kernel's buffers: the upstream has to wait for its reader.
      for (let tick = 0; tick < 200; tick += 1) await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(finished).toBe(false);
      let text = textOf(first.value ?? []);
      for (let step = await events.next(); step.done !== true; step = await events.next())
        text += textOf(step.value);
      expect(text.split(' ')).toHaveLength(200_001);
    });
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

    it('upstream_unavailable when nobody listens', async () => {
      const url = await refusingUrl();
      expect(await failure({ flowise: { url, apiKey: undefined } })).toMatchObject({
        code: 'upstream_unavailable',
        retryable: true,
      });
    });

    it('upstream_unavailable when the host does not exist', async () => {
      const target = { baseUrl: 'http://does-not-exist.invalid' };
      expect(await failure({}, { target })).toMatchObject({ code: 'upstream_unavailable' });
    });

    it('upstream_unavailable when no address is known, upstream_failed when it is no HTTP address', async () => {
      expect(await failure({ flowise: undefined })).toMatchObject({ code: 'upstream_unavailable' });
      expect(await failure({}, { target: { baseUrl: 'file:///etc/passwd' } })).toMatchObject({
        code: 'upstream_failed',
      });
    });

    it('upstream_unavailable when the connection breaks before the headers', async () => {
      replay.respondWith(flowise.resetBeforeHeaders());
      expect(await failure()).toMatchObject({ code: 'upstream_unavailable', retryable: true });
    });

    it.each([
      [401, {}, { code: 'upstream_failed', retryable: false }],
      [403, {}, { code: 'upstream_failed', retryable: false }],
      [404, {}, { code: 'upstream_failed', retryable: false }],
      [302, { location: '/login' }, { code: 'upstream_failed', retryable: false }],
      [429, { 'retry-after': '7' }, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: 7 }],
      [429, {}, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: undefined }],
      [500, {}, { code: 'upstream_failed', retryable: true }],
      [502, {}, { code: 'upstream_failed', retryable: true }],
      [503, { 'retry-after': '3' }, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: 3 }],
    ])('the right code for HTTP %s %j', async (status, headers, expected) => {
      replay.respondWith(flowise.status(status, headers));
      expect(await failure()).toMatchObject(expected);
    });

    it('the status of an error whose body never ends, without reading all of it', async () => {
      replay.respondWith((response) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        const pump = () => {
          while (!response.destroyed && response.write('secret '.repeat(1000)));
        };
        response.on('drain', pump);
        pump();
      });
      expect(await failure()).toMatchObject({ code: 'upstream_failed' });
      const { closed } = await replay.request(0);
      await closed;
    });

    it('upstream_failed for a page', async () => {
      replay.respondWith(flowise.html());
      expect(await failure()).toMatchObject({ code: 'upstream_failed' });
    });

    it('upstream_timeout when the headers do not come', async () => {
      replay.respondWith(flowise.hang());
      expect(await failure({ headersTimeoutMs: 50 })).toMatchObject({ code: 'upstream_timeout' });
      const request = await replay.request(0);
      await request.closed;
      expect(request.clientLeft).toBe(true);
    });

    it.each([[undefined], [10]])(
      'upstream_timeout when the events stop (a heartbeat every %s ms)',
      async (heartbeatMs) => {
        replay.respondWith(flowise.hangAfter(['a'], heartbeatMs));
        expect(await failure({ idleTimeoutMs: 400 })).toMatchObject({ code: 'upstream_timeout', text: 'a' });
        const request = await replay.request(0);
        await request.closed;
        expect(request.clientLeft).toBe(true);
      },
    );

    it('upstream_failed when the stream ends without its end event', async () => {
      replay.respondWith(flowise.closeEarly('a', 'b'));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'ab' });
    });

    it('upstream_failed when the connection breaks in the middle', async () => {
      replay.respondWith(flowise.reset('a', 'b'));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'ab' });
    });

    it('upstream_failed after an error event, although an end follows', async () => {
      replay.respondWith(flowise.frames(['token', 'a'], ['error', 'secret reason'], ['end', '[DONE]']));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'a' });
    });
  });

  describe('when the signal aborts', () => {
    it('throws its reason and lets go of the connection', async () => {
      replay.respondWith(flowise.hangAfter(['a']));
      const controller = new AbortController();
      const events = call({}, controller.signal).events[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      const reason = new Error('stopped');
      controller.abort(reason);
      await expect(next).rejects.toBe(reason);
      const request = await replay.request(0);
      await request.closed;
      expect(request.clientLeft).toBe(true);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    });

    it('throws its reason before the headers have come', async () => {
      replay.respondWith(flowise.hang());
      const controller = new AbortController();
      const next = call({}, controller.signal).events[Symbol.asyncIterator]().next();
      const request = await replay.request(0);
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      await request.closed;
      expect(request.clientLeft).toBe(true);
    });

    it('sends nothing when it has aborted already', async () => {
      const { error } = await collect(call({}, AbortSignal.abort('stopped')));
      expect(error).toBe('stopped');
      expect(replay.requests).toHaveLength(0);
    });

    /** A call that has given its first text, and is stopped. */
    const stopped = async () => {
      const controller = new AbortController();
      const running = call({ conversation }, controller.signal);
      const events = running.events[Symbol.asyncIterator]();
      await events.next();
      const next = events.next();
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      return running;
    };
    const token = flowiseFrame('token', 'a');

    it.each([
      ['end', flowiseFrame('token', 'not shown') + flowiseFrame('end', '[DONE]')],
      ['abort', flowiseFrame('abort', '[DONE]')],
      ['error', flowiseFrame('error', 'Aborted')],
    ])('is acknowledged when the run then says its end (%s)', async (_name, end) => {
      const gate = new Gate();
      replay.respondWith(async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(token);
        await gate.wait();
        response.end(end);
      });
      replay.respondToAbortWith((response) => {
        gate.open();
        response.end('{}');
      });
      const running = await stopped();
      await expect(running.stop()).resolves.toEqual({ acknowledged: true });
      await expect(running.stop()).resolves.toEqual({ acknowledged: true });
      expect(replay.aborts).toMatchObject([
        { flowId: 'flow-1', chatId: running.runId, headers: { authorization: 'Bearer flowise-key' } },
      ]);
    });

    it('is acknowledged when a document is complete', async () => {
      const gate = new Gate();
      replay.respondWith(async (response) => {
        await gate.wait();
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ text: 'whole' }));
      });
      replay.respondToAbortWith((response) => {
        gate.open();
        response.end('{}');
      });
      const controller = new AbortController();
      const running = call({}, controller.signal);
      const next = running.events[Symbol.asyncIterator]().next();
      await replay.request(0);
      controller.abort('stopped');
      await expect(next).rejects.toBe('stopped');
      await expect(running.stop()).resolves.toEqual({ acknowledged: true });
    });

    it('is not acknowledged by a run that goes on, which is let go of', async () => {
      replay.respondWith(flowise.hangAfter(['a']));
      const running = await stopped();
      await expect(running.stop()).resolves.toEqual({ acknowledged: false });
      const { closed } = await replay.request(0);
      await closed;
    });

    it.each([
      ['breaks', (response: ServerResponse) => void response.destroy()],
      ['ends without having said so', (response: ServerResponse) => void response.end(token)],
    ])('is not acknowledged when the response %s', async (_name, end) => {
      let answer: ServerResponse | undefined;
      replay.respondWith((response) => {
        answer = response;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(token);
      });
      replay.respondToAbortWith((response) => {
        response.end('{}');
        if (answer !== undefined) end(answer);
      });
      const running = await stopped();
      await expect(running.stop()).resolves.toEqual({ acknowledged: false });
    });

    it.each([
      ['refuses', flowise.status(500)],
      ['breaks the connection', flowise.resetBeforeHeaders()],
      ['does not answer', flowise.hang()],
    ])('is not acknowledged when the abort endpoint %s', async (_name, behaviour) => {
      replay.respondWith(flowise.hangAfter(['a']));
      replay.respondToAbortWith(behaviour);
      const running = await stopped();
      await expect(running.stop()).resolves.toEqual({ acknowledged: false });
    });
  });

  describe('forgets a conversation', () => {
    const forgotten = { id: 'my/id', chatflowId: 'flow-1', target: {} };
    const forget = (signal = new AbortController().signal) => newProvider().forget(forgotten, signal);

    it.each([200, 204, 404])('by deleting its messages (%s)', async (status) => {
      replay.respondToForgetWith(flowise.status(status));
      await expect(forget()).resolves.toBe('deleted');
      expect(replay.forgets).toMatchObject([
        { flowId: 'flow-1', sessionId: 'my/id', headers: { authorization: 'Bearer flowise-key' } },
      ]);
    });

    it.each([
      [401, { code: 'upstream_failed', retryable: false }],
      [500, { code: 'upstream_failed', retryable: true }],
      [503, { code: 'upstream_unavailable', retryable: true }],
    ])('and says when it failed (%s)', async (status, expected) => {
      replay.respondToForgetWith(flowise.status(status));
      await expect(forget()).rejects.toMatchObject(expected);
    });

    it('and says when there is no answer, or the caller has no time', async () => {
      replay.respondToForgetWith(flowise.resetBeforeHeaders());
      await expect(forget()).rejects.toMatchObject({ code: 'upstream_unavailable' });
      await expect(forget(AbortSignal.abort('late'))).rejects.toBe('late');
      const nowhere = newProvider({ flowise: undefined }).forget(forgotten, new AbortController().signal);
      await expect(nowhere).rejects.toMatchObject({ code: 'upstream_unavailable' });
    });
  });

  it.each([
    ['unsent', flowise.tokens(), true],
    ['refused', flowise.status(429)],
    ['refused', flowise.status(503)],
    ['refused', flowise.status(404)],
    ['unknown', flowise.status(500)],
    ['unknown', flowise.status(502)],
    ['unknown', flowise.resetBeforeHeaders()],
    ['unknown', flowise.html()],
    ['accepted', flowise.reset('a')],
    ['accepted', flowise.frames(['error', 'x'])],
  ])('tells how far a failed call has come: %s', async (reach, behaviour, refuses = false) => {
    replay.respondWith(behaviour);
    const target = refuses ? { baseUrl: await refusingUrl() } : {};
    const running = call({ target });
    expect(running.reach).toBe('unsent');
    expect((await collect(running)).error).toBeInstanceOf(AppError);
    expect(running.reach).toBe(reach);
  });

  it('tells the upstream nothing about a turn that it has finished', async () => {
    const running = call();
    await collect(running);
    await expect(running.stop()).resolves.toEqual({ acknowledged: true });
    expect(replay.aborts).toHaveLength(0);
  });

  it('lets go of everything when its reader leaves', async () => {
    replay.respondWith(flowise.hangAfter(['a']));
    const { signal } = new AbortController();
    for await (const batch of call({}, signal).events) {
      expect(batch).toHaveLength(1);
      break;
    }
    const request = await replay.request(0);
    await request.closed;
    expect(request.clientLeft).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener behind after an answer or a failure', async () => {
    const { signal } = new AbortController();
    await collect(call({}, signal));
    replay.respondWith(flowise.reset('a'));
    await collect(call({}, signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('runs many turns at once, each with its own answer', async () => {
    const provider = newProvider();
    const turns = Array.from({ length: 100 }, async (_, index) => {
      replay.respondWith(flowise.tokens(`a${index}`, `b${index}`), `flow-${index}`);
      const request = providerRequest({ chatflowId: `flow-${index}` });
      const { events } = await collect(provider.call(request, new AbortController().signal));
      return textOf(events);
    });
    expect(await Promise.all(turns)).toEqual(Array.from({ length: 100 }, (_, index) => `a${index}b${index}`));
  });
});
