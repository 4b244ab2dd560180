import { getEventListeners } from 'node:events';
import type { UpstreamConfig } from '../../src/config/app-config.js';
import { AppError } from '../../src/platform/errors/app.error.js';
import type { ProviderRequest } from '../../src/upstream/chat-provider.port.js';
import { MAX_TOOL_OUTPUT_BYTES, MAX_TOOLS_PER_TURN } from '../../src/upstream/openai/openai-call.js';
import { UpstreamAgent } from '../../src/upstream/http/upstream-agent.service.js';
import { UpstreamHttp } from '../../src/upstream/http/upstream-http.service.js';
import { OpenAiProvider } from '../../src/upstream/openai/openai.provider.js';
import { sse, upstream } from '../support/upstream/behaviours.js';
import { refusingUrl } from '../support/ports.js';
import { mergeText, textOf } from '../support/upstream/flowise-fixtures.js';
import { Gate } from '../support/upstream/gate.js';
import { MemoryTaskStore } from '../support/upstream/memory-task.store.js';
import { collect, providerRequest, upstreamConfig } from '../support/upstream/provider-harness.js';
import { startReplayServer, type Behaviour, type ReplayServer } from '../support/upstream/replay-server.js';
import { NoTracing } from '../../src/platform/tracing/no-tracing.js';

const HEARTBEAT_MS = 100;

const delta = (part: unknown, finish: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'model-1',
  choices: [{ index: 0, delta: part, finish_reason: finish }],
});
const says = (...texts: readonly string[]) => [
  delta({ role: 'assistant', content: '' }),
  ...texts.map((content) => delta({ content })),
  delta({}, 'stop'),
  '[DONE]',
];
const callsTool = (name: string, args: string, id = 'call_a') => [
  delta({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }] }),
  ...[args.slice(0, 5), args.slice(5)].map((piece) =>
    delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
  ),
  delta({}, 'tool_calls'),
  '[DONE]',
];

/** Events, and then comments for as long as anybody reads. */
const beatingAfter =
  (...events: readonly unknown[]): Behaviour =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events.map(sse).join(''));
    const beat = setInterval(() => response.write(': hb\n\n'), HEARTBEAT_MS);
    response.once('close', () => clearInterval(beat));
  };

describe('the OpenAI-compatible provider', () => {
  let server: ReplayServer;
  let agent: UpstreamAgent;
  let tasks: MemoryTaskStore;

  beforeEach(async () => {
    server = await startReplayServer();
    agent = new UpstreamAgent();
    tasks = new MemoryTaskStore();
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
    const openai = { url: `${server.url}/v1`, apiKey: 'openai-key', model: 'default-model' };
    const config = upstreamConfig({ openai, ...settings });
    return new OpenAiProvider(config, new UpstreamHttp(agent, config, new NoTracing()), tasks).call(
      providerRequest(changes),
      signal,
    );
  };

  describe('sends', () => {
    beforeEach(() => server.respondWith(upstream.events(...says('ok'))));

    it('the question to the configured model, with our key', async () => {
      await collect(call());
      expect(server.requests).toMatchObject([
        {
          method: 'POST',
          path: '/v1/chat/completions',
          headers: { authorization: 'Bearer openai-key', 'content-type': 'application/json' },
          body: {
            model: 'default-model',
            stream: true,
            stream_options: { include_usage: true },
            messages: [{ role: 'user', content: 'Hi' }],
          },
        },
      ]);
      expect(server.requests[0]?.body).not.toHaveProperty('tools');
    });

    it('the request without stream_options to a server that refuses them, and remembers it', async () => {
      const { detail } = { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'] }] };
      server.respondWith(upstream.json({ detail }, 422), upstream.events(...says('ok')));
      const config = upstreamConfig({ openai: { url: server.url, apiKey: undefined, model: 'm' } });
      const provider = new OpenAiProvider(config, new UpstreamHttp(agent, config, new NoTracing()), tasks);
      for (let turn = 0; turn < 2; turn += 1) {
        const running = provider.call(providerRequest({}), new AbortController().signal);
        expect(await collect(running)).toMatchObject({ error: undefined });
      }
      const asked = server.requests.map(({ body }) => 'stream_options' in body);
      expect(asked).toEqual([true, false, false]);
    });

    it('nothing twice to a server that refuses something else', async () => {
      server.respondWith(upstream.json({ error: { message: 'no such model' } }, 400));
      expect((await collect(call())).error).toMatchObject({ code: 'upstream_failed', retryable: false });
      expect(server.requests).toHaveLength(1);
    });

    it('system prompt, history and images, to the chatflow’s model', async () => {
      await collect(
        call({
          target: { model: 'other', systemPrompt: 'Be brief.' },
          history: [
            { role: 'user', content: 'q' },
            { role: 'assistant', content: 'a' },
          ],
          uploads: [{ type: 'file', name: 'a.png', data: 'data:image/png;base64,AA==', mime: 'image/png' }],
        }),
      );
      expect(server.requests[0]?.body).toMatchObject({
        model: 'other',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'q' },
          { role: 'assistant', content: 'a' },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Hi' },
              { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
            ],
          },
        ],
      });
    });

    it('only as much of a long session as the budget allows', async () => {
      const history = Array.from({ length: 40 }, (_, index) => ({
        role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
        content: `${index} `.padEnd(40, 'x'),
      }));
      // Ten bytes are counted as tokens by four, and each message as four more: 14 for one.
      await collect(call({ history }, undefined, { historyTokens: 14 * 5 }));
      const { messages } = server.requests[0]?.body as { messages: { role: string; content: string }[] };
      expect(messages.map(({ content }) => content.split(' ')[0])).toEqual(['36', '37', '38', '39', 'Hi']);
    });

    it('no key to a server that a chatflow names, except our own', async () => {
      const other = await startReplayServer();
      other.respondWith(upstream.events(...says('ok')));
      await collect(call({ target: { baseUrl: `${other.url}/v1/` } }));
      await collect(call({ target: { baseUrl: `${server.url}/other/v1` } }));
      expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
      expect(other.requests[0]?.path).toBe('/v1/chat/completions');
      expect(server.requests[0]?.headers).toHaveProperty('authorization', 'Bearer openai-key');
      await other.close();
    });
  });

  describe('answers with', () => {
    it('text as it comes, before the upstream has finished', async () => {
      const gate = new Gate();
      server.respondWith(upstream.gated(gate, delta({ content: 'a' }), delta({ content: 'b' }), '[DONE]'));
      const events = call().events[Symbol.asyncIterator]();
      for (const text of ['a', 'b']) {
        const next = events.next();
        gate.release();
        await expect(next).resolves.toEqual({ done: false, value: [{ type: 'text-delta', text }] });
      }
      gate.open();
      await events.return?.();
    });

    it('reasoning, text, usage and the model’s name', async () => {
      const usage = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };
      server.respondWith(
        upstream.events(
          delta({ reasoning_content: 'hm' }),
          delta({ content: 'yes' }),
          delta({}, 'stop'),
          { id: 'chatcmpl-1', model: 'model-1', choices: [], usage },
          '[DONE]',
        ),
      );
      const { events, error } = await collect(call());
      expect(error).toBeUndefined();
      expect(mergeText(events)).toEqual([
        { type: 'reasoning-delta', text: 'hm' },
        { type: 'text-delta', text: 'yes' },
        { type: 'usage', inputTokens: 5, outputTokens: 2, totalTokens: 7 },
        { type: 'metadata', model: 'model-1', upstreamMessageId: 'chatcmpl-1' },
      ]);
    });

    it('the answer of a server that does not stream, and says that it came whole', async () => {
      server.respondWith(
        upstream.json({
          model: 'm',
          choices: [{ message: { content: 'all at once' }, finish_reason: 'stop' }],
        }),
      );
      const running = call();
      const { events, error } = await collect(running);
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('all at once');
      expect(running.arrivedWhole).toBe(true);
    });

    it('JSON that can be mended, and counts it', async () => {
      server.respondWith(
        upstream.raw(
          'data: {"choices":[{"delta":{"content":"a"}}]}\n\n: hb\n\n',
          "data: {'choices':[{'delta':{'content':'b'}}],}\n\ndata: [DONE]\n\n",
        ),
      );
      const running = call();
      const { events, error } = await collect(running);
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('ab');
      expect(running.report).toMatchObject({ repairedEvents: 1, droppedEvents: 0, unknownEvents: 0 });
    });

    it.each([
      ['stays open', upstream.hangAfter],
      ['is kept open by heartbeats', beatingAfter],
      ['breaks', upstream.reset],
    ])('what was said before a connection that %s behind the reason to finish', async (_name, behaviour) => {
      const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } };
      server.respondWith(behaviour(delta({ content: 'whole' }), delta({}, 'stop'), usage));
      const running = call();
      const { events, error } = await collect(running);
      expect(error).toBeUndefined();
      expect(textOf(events)).toBe('whole');
      expect(events).toContainEqual({ type: 'usage', inputTokens: 5, outputTokens: 2, totalTokens: 7 });
      expect(running.report.finishReason).toBe('stop');
      await (
        await server.request(0)
      ).closed;
    });
  });

  describe('with tools', () => {
    const target = { tools: true };

    it('uses them, tells the model what came of it, and answers', async () => {
      server.respondWith(
        upstream.events(...callsTool('add_task', '{"title":"buy milk"}')),
        upstream.events(...says('Added', ' it.')),
      );
      const { events, error } = await collect(call({ target, question: 'add buy milk' }));
      expect(error).toBeUndefined();
      const tool = { toolCallId: 'call_a', toolName: 'add_task', input: { title: 'buy milk' } };
      const output = { result: 'added', task: { number: 1, title: 'buy milk', done: false } };
      expect(mergeText(events).filter(({ type }) => type !== 'metadata')).toEqual([
        { type: 'tool-call', ...tool },
        { type: 'tool-result', ...tool, output },
        { type: 'text-delta', text: 'Added it.' },
      ]);
      expect(await tasks.list('user-1')).toHaveLength(1);
      const [first, second] = server.requests.map(
        ({ body }) => body as { messages: unknown[]; tools: unknown[] },
      );
      expect(first?.tools).toHaveLength(4);
      expect(second?.messages.slice(-2)).toEqual([
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_a',
              type: 'function',
              function: { name: 'add_task', arguments: '{"title":"buy milk"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_a', content: JSON.stringify(output) },
      ]);
    });

    it('feeds errors back, for which the model is to blame or not', async () => {
      tasks.add = () => Promise.reject(new Error('secret'));
      server.respondWith(
        upstream.events(...callsTool('no_such_tool', '{}', 'a')),
        upstream.events(...callsTool('add_task', 'nonsense', 'b')),
        upstream.events(...callsTool('add_task', '{"title":"x"}', 'c')),
        upstream.events(...says('Sorry.')),
      );
      const { events, error } = await collect(call({ target }));
      expect(error).toBeUndefined();
      const results = events.filter((event) => event.type === 'tool-result');
      expect(results.map(({ isError }) => isError)).toEqual([true, true, true]);
      expect(JSON.stringify(results)).not.toContain('secret');
      expect(textOf(events)).toBe('Sorry.');
      expect(JSON.stringify(server.requests[3]?.body)).toContain('There is no tool named no_such_tool.');
    });

    it('never runs a call whose arguments were cut, nor more calls than a step may have', async () => {
      const piece = (json: string, index = 0) =>
        delta({ tool_calls: [{ index, id: `c${index}`, function: { name: 'add_task', arguments: json } }] });
      server.respondWith(
        upstream.events(delta({ content: 'Well' }), piece('{"title":"buy mi'), delta({}, 'length'), '[DONE]'),
        upstream.events(
          ...Array.from({ length: 200 }, (_, index) => piece('{"title":"x"}', index)),
          '[DONE]',
        ),
        upstream.raw(
          'data: {"choices":[{"delta":{"tool_calls":[{"function":{"name":"add_task","arguments":"\n\n',
        ),
      );
      const cut = call({ target });
      expect(await collect(cut)).toMatchObject({ error: undefined });
      expect(cut.report.finishReason).toBe('length');
      for (let more = 0; more < 2; more += 1) {
        expect((await collect(call({ target }))).error).toMatchObject({ code: 'upstream_failed' });
      }
      expect(await tasks.list('user-1')).toEqual([]);
      expect(server.requests).toHaveLength(3);
    });

    it('adds up the tokens of all steps', async () => {
      const usage = { choices: [], usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11 } };
      server.respondWith(
        upstream.events(...callsTool('list_tasks', '{}').slice(0, -1), usage, '[DONE]'),
        upstream.events(...says('None.').slice(0, -1), usage, '[DONE]'),
      );
      const { events } = await collect(call({ target }));
      expect(events.findLast(({ type }) => type === 'usage')).toEqual({
        type: 'usage',
        inputTokens: 20,
        outputTokens: 2,
        totalTokens: 22,
      });
    });

    it('makes the model answer in the tenth step, with ids of its own where they repeat', async () => {
      server.respondWith(upstream.events(...callsTool('list_tasks', '{}')));
      const { events, error } = await collect(call({ target }));
      expect(error).toMatchObject({ code: 'upstream_failed', retryable: false });
      expect(server.requests).toHaveLength(10);
      expect(server.requests.map(({ body }) => body.tool_choice)).toEqual([
        ...Array.from({ length: 9 }, () => 'auto'),
        'none',
      ]);
      const ids = events.flatMap((event) => (event.type === 'tool-call' ? [event.toolCallId] : []));
      expect(new Set(ids).size).toBe(10);
    });

    it('uses no more tools in all of its steps than a turn may', async () => {
      const step = upstream.events(
        ...Array.from({ length: 100 }, (_, index) =>
          delta({
            tool_calls: [{ index, id: `c${index}`, function: { name: 'list_tasks', arguments: '{}' } }],
          }),
        ),
        delta({}, 'tool_calls'),
        '[DONE]',
      );
      server.respondWith(step);
      const { events, error } = await collect(call({ target }));
      expect(error).toMatchObject({ code: 'upstream_failed' });
      const steps = Math.floor(MAX_TOOLS_PER_TURN / 100);
      expect(events.filter(({ type }) => type === 'tool-result')).toHaveLength(steps * 100);
      expect(server.requests).toHaveLength(steps + 1);
    });

    it('tells the model no more of its tools than is worth sending again with every step', async () => {
      const title = 'x'.repeat(200);
      for (let task = 0; task < 500; task += 1) await tasks.add('user-1', title);
      const calls = Array.from({ length: 20 }, (_, index) =>
        delta({
          tool_calls: [{ index, id: `c${index}`, function: { name: 'list_tasks', arguments: '{}' } }],
        }),
      );
      server.respondWith(upstream.events(...calls, delta({}, 'tool_calls'), '[DONE]'));
      const { events, error } = await collect(call({ target }));
      expect(error).toMatchObject({ code: 'upstream_failed' });
      const output = events.findLast(({ type }) => type === 'tool-result') as { readonly output: unknown };
      const taken = MAX_TOOL_OUTPUT_BYTES / JSON.stringify(output.output).length;
      expect(events.filter(({ type }) => type === 'tool-result')).toHaveLength(Math.floor(taken) + 1);
      expect(server.requests).toHaveLength(1);
    });

    it('lists only the tasks of the user who asks', async () => {
      await tasks.add('somebody-else', 'secret');
      server.respondWith(
        upstream.events(...callsTool('list_tasks', '{"scope":"all"}')),
        upstream.events(...says('None.')),
      );
      const { events } = await collect(call({ target }));
      expect(JSON.stringify(events)).not.toContain('secret');
    });

    it('stops between two steps when the signal aborts', async () => {
      const controller = new AbortController();
      tasks.list = () => {
        controller.abort('stopped');
        return new Promise(() => {});
      };
      server.respondWith(upstream.events(...callsTool('list_tasks', '{}')));
      const { error } = await collect(call({ target }, controller.signal));
      expect(error).toBe('stopped');
      expect(server.requests).toHaveLength(1);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    });

    it('begins no tool after a stop', async () => {
      const controller = new AbortController();
      let added = 0;
      tasks.add = () => {
        added += 1;
        return Promise.reject(new Error('never'));
      };
      server.respondWith(upstream.events(...callsTool('add_task', '{"title":"x"}')));
      const events = call({ target }, controller.signal).events[Symbol.asyncIterator]();
      let shown: unknown;
      while (shown !== 'tool-call') shown = ((await events.next()).value ?? []).at(-1)?.type;
      controller.abort('stopped');
      await expect(events.next()).rejects.toBe('stopped');
      expect(added).toBe(0);
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
      const openai = { url, apiKey: undefined, model: 'm' };
      expect(await failure({ openai })).toMatchObject({ code: 'upstream_unavailable', retryable: true });
    });

    it('upstream_unavailable when it is not set up, upstream_failed when no model is named', async () => {
      expect(await failure({ openai: undefined })).toMatchObject({
        code: 'upstream_unavailable',
        retryable: false,
      });
      expect(await failure({ openai: undefined }, { target: { baseUrl: server.url } })).toMatchObject({
        code: 'upstream_failed',
      });
      expect(server.requests).toHaveLength(0);
    });

    it.each([
      [401, {}, { code: 'upstream_failed', retryable: false }],
      [404, {}, { code: 'upstream_failed', retryable: false }],
      [429, { 'retry-after': '7' }, { code: 'upstream_unavailable', retryable: true, retryAfterSeconds: 7 }],
      [500, {}, { code: 'upstream_failed', retryable: true }],
      [503, {}, { code: 'upstream_unavailable', retryable: true }],
    ])('the right code for HTTP %s %j', async (status, headers, expected) => {
      server.respondWith(upstream.status(status, headers));
      expect(await failure()).toMatchObject(expected);
    });

    it.each([
      [
        { message: 'secret', type: 'server_error' },
        { code: 'upstream_failed', retryable: true },
      ],
      [
        { message: 'Rate limit reached', code: 429 },
        { code: 'upstream_unavailable', retryable: true },
      ],
      [{ message: 'Overloaded' }, { code: 'upstream_unavailable', retryable: true }],
      [{ code: 'context_length_exceeded' }, { code: 'upstream_failed', retryable: false }],
      [{ message: 'Incorrect API key secret' }, { code: 'upstream_failed', retryable: false }],
    ])('the right code for the error %j in the middle of an answer', async (error, expected) => {
      server.respondWith(upstream.events(delta({ content: 'a' }), { error }, '[DONE]'));
      expect(await failure()).toMatchObject({ ...expected, text: 'a' });
    });

    it('upstream_failed when the stream ends without saying that it is done', async () => {
      server.respondWith(upstream.events(delta({ content: 'a' })));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'a' });
    });

    it('upstream_failed when the connection breaks in the middle', async () => {
      server.respondWith(upstream.reset(delta({ content: 'a' })));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', text: 'a' });
    });

    it('upstream_failed when a filter lets nothing pass', async () => {
      server.respondWith(upstream.events(delta({}, 'content_filter'), '[DONE]'));
      expect(await failure()).toMatchObject({ code: 'upstream_failed', retryable: false });
    });

    it('upstream_failed for a page', async () => {
      server.respondWith(upstream.html());
      expect(await failure()).toMatchObject({ code: 'upstream_failed' });
    });

    it('upstream_timeout when the headers do not come, or the events stop', async () => {
      server.respondWith(upstream.hang(), upstream.hangAfter(delta({ content: 'a' })));
      expect(await failure({ headersTimeoutMs: 50 })).toMatchObject({ code: 'upstream_timeout' });
      expect(await failure({ idleTimeoutMs: 400 })).toMatchObject({ code: 'upstream_timeout', text: 'a' });
      for (const index of [0, 1]) await (await server.request(index)).closed;
    });
  });

  it('throws the signal’s reason and lets go of the connection', async () => {
    server.respondWith(upstream.hangAfter(delta({ content: 'a' })));
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
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('lets go of everything when its reader leaves', async () => {
    server.respondWith(upstream.hangAfter(delta({ content: 'a' })));
    const { signal } = new AbortController();
    for await (const batch of call({}, signal).events) {
      expect(batch).toHaveLength(1);
      break;
    }
    const request = await server.request(0);
    await request.closed;
    expect(request.clientLeft).toBe(true);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
