import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LiveTurns } from '../../src/chat/turn/run/live-turns.js';
import { sse, upstream } from '../support/upstream/behaviours.js';
import { flowiseFrame } from '../support/upstream/flowise-behaviours.js';
import { readFlowiseFixture } from '../support/upstream/flowise-fixtures.js';
import { startReplayServer, type Behaviour, type ReplayServer } from '../support/upstream/replay-server.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';

interface PredictEvent {
  readonly event: string;
  readonly data: unknown;
  readonly code?: string;
  readonly turn_id?: string;
}

const says = (text: string): Behaviour =>
  upstream.events({ model: 'm', choices: [{ delta: { content: text }, finish_reason: 'stop' }] }, '[DONE]');
const STORM_SHAPE_A = readFileSync(
  join(import.meta.dirname, '../../src/upstream/storm/__fixtures__/shape-a.sse'),
);
const PAUSED = upstream.raw(readFlowiseFixture('11h').body);
const RESUMED = upstream.raw(
  flowiseFrame('usedTools', [{ tool: 'calculator', toolInput: { input: '6*7' }, toolOutput: '42' }]),
  flowiseFrame('token', 'It is 42.'),
  flowiseFrame('end', '[DONE]'),
);

describe('turns of the other providers', () => {
  let remote: ReplayServer;
  let server: TestServer;
  let user: TestUser;

  beforeAll(async () => {
    remote = await startReplayServer();
    server = await startTestServer({
      OPENAI_BASE_URL: `${remote.url}/v1`,
      OPENAI_API_KEY: 'openai-secret',
      OPENAI_MODEL: 'model-1',
      STORM_API_URL: remote.url,
      STORM_API_KEY: 'storm-secret',
      FLOWISE_API_URL: remote.url,
    });
  });
  afterAll(async () => {
    await server.close();
    await remote.close();
  });
  beforeEach(async () => {
    user = await server.registerUser();
  });

  const put = async (id: string, settings: object) => {
    const { token } = await server.admin();
    const put = server.request.put(`/chatflows/${id}`).auth(token, { type: 'bearer' });
    await put.send({ name: id, price: { credits: 1 }, access: { public: true }, ...settings });
  };
  const open = (body: object) =>
    server.stream('/predict/stream/store', { method: 'POST', token: user.token, body });
  const ask = async (body: object) => {
    const events = (await (await open(body)).events()).map(({ json }) => json as PredictEvent);
    const text = events.flatMap(({ event, data }) => (event === 'token' ? [data] : [])).join('');
    const [first] = events;
    return { events, text, sessionId: String(first?.data), turnId: String(first?.turn_id) };
  };
  /** Requests that come from now on. */
  const watch = () => {
    const before = remote.requests.length;
    return () => remote.requests.slice(before);
  };
  const input = (turnId: string, body: object, as: TestUser = user) =>
    server.request.post(`/turns/${turnId}/input`).auth(as.token, { type: 'bearer' }).send(body);

  describe('OpenAI-compatible', () => {
    beforeAll(() => put('model', { provider: 'openai', upstream: { systemPrompt: 'Be brief.' } }));

    it('tell the model what the session’s turns have said, unless the client does', async () => {
      remote.respondWith(says('one'), says('two'), says('three'));
      const requests = watch();
      const { sessionId } = await ask({ chatflow_id: 'model', question: 'first' });
      await ask({ chatflow_id: 'model', question: 'second', sessionId });
      await ask({
        chatflow_id: 'model',
        question: 'third',
        sessionId,
        history: [{ role: 'userMessage', content: 'mine' }],
      });
      const system = { role: 'system', content: 'Be brief.' };
      expect(requests().map(({ body }) => body.messages)).toEqual([
        [system, { role: 'user', content: 'first' }],
        [
          system,
          { role: 'user', content: 'first' },
          { role: 'assistant', content: 'one' },
          { role: 'user', content: 'second' },
        ],
        [system, { role: 'user', content: 'mine' }, { role: 'user', content: 'third' }],
      ]);
      expect(requests()[0]?.headers.authorization).toBe('Bearer openai-secret');
    });

    it('leave out what a failed turn has said', async () => {
      const sse = (text: string) =>
        `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
      remote.respondWith(says('one'), upstream.raw(sse('cut')), says('three'));
      const { sessionId } = await ask({ chatflow_id: 'model', question: 'first' });
      const failed = await ask({ chatflow_id: 'model', question: 'second', sessionId });
      expect(failed.events.at(-2)?.code).toBe('upstream_failed');
      const requests = watch();
      await ask({ chatflow_id: 'model', question: 'third', sessionId });
      expect(JSON.stringify(requests()[0]?.body)).not.toMatch(/second|cut/);
    });

    it('work on the user’s own to-do list, which the assistant shares', async () => {
      await put('agent', { provider: 'openai', upstream: { tools: true } });
      const call = { index: 0, id: 'a', function: { name: 'add_task', arguments: '{"title":"buy milk"}' } };
      remote.respondWith(
        upstream.events(
          { choices: [{ delta: { tool_calls: [call] }, finish_reason: 'tool_calls' }] },
          '[DONE]',
        ),
        says('Added.'),
      );
      const { events } = await ask({ chatflow_id: 'agent', question: 'add buy milk' });
      expect(events.map(({ event }) => event)).toEqual(
        expect.arrayContaining(['calledTools', 'usedTools', 'token', 'metadata', 'end']),
      );
      const list = await ask({ chatflow_id: 'assistant', question: 'What are my tasks?' });
      expect(list.text).toContain('buy milk');
    });

    it('know how fast the answer came', async () => {
      const usage = { choices: [], usage: { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 } };
      remote.respondWith(async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(sse({ choices: [{ delta: { content: 'a' } }] }));
        // From when it was read: written, it may lie unread for as long as the machine is busy.
        await until(() =>
          server
            .get(LiveTurns)
            .all()
            .some(({ answer }) => answer.text === 'a'),
        );
        await new Promise((resolve) => setTimeout(resolve, 40));
        response.write(sse({ choices: [{ delta: { content: 'b' }, finish_reason: 'stop' }] }));
        response.end(sse(usage) + sse('[DONE]'));
      });
      const { turnId } = await ask({ chatflow_id: 'model', question: 'Hi' });
      const { streaming } = (await server.read(`/turns/${turnId}`, user.token)) as {
        streaming: Record<string, number>;
      };
      expect(streaming).toMatchObject({ textEvents: 2, characters: 2, repairedEvents: 0, retries: 0 });
      expect(streaming.longestGapMs).toBeGreaterThanOrEqual(30);
      expect(streaming.medianGapMs).toBe(streaming.longestGapMs);
      expect(streaming.tokensPerSecond).toBeCloseTo((2 / (streaming.streamedMs ?? 0)) * 1000, 0);
      const { text } = await server.request.get('/metrics').expect(200);
      expect(text).toContain('tollgate_longest_gap_seconds_count{provider="openai"}');
      expect(text).toContain('tollgate_tokens_per_second_count{provider="openai"}');
    });
  });

  describe('Storm', () => {
    beforeAll(() => put('documents', { provider: 'storm', upstream: { bucketIds: ['handbook'] } }));

    it('give documents, with our key', async () => {
      remote.respondWith(upstream.raw(STORM_SHAPE_A));
      const requests = watch();
      const first = await ask({ chatflow_id: 'documents', question: 'How many days?' });
      expect(first.text).toBe('Dreißig Tage 🌴.');
      expect(first.events.find(({ event }) => event === 'sourceDocuments')?.data).toMatchObject([
        { pageContent: 'Thirty days a year.', metadata: { title: 'Urlaub.pdf', bucketName: 'handbook' } },
      ]);
      expect(requests()[0]?.headers['storm-api-key']).toBe('storm-secret');
    });
  });

  describe('Flowise', () => {
    it('that ended without text are looked up where Flowise keeps them', async () => {
      await put('flow', { provider: 'flowise', upstream: { flowId: 'f' } });
      const ids = { chatId: 'c', chatMessageId: 'm-2', sessionId: 'c' };
      const silent = upstream.raw(flowiseFrame('metadata', ids), flowiseFrame('end', '[DONE]'));
      remote.respondWith(
        silent,
        upstream.json([
          { id: 'm-1', role: 'apiMessage', content: 'an older answer' },
          { id: 'm-2', role: 'apiMessage', content: 'the lost answer' },
        ]),
      );
      const requests = watch();
      const { text, events } = await ask({ chatflow_id: 'flow', question: 'Hi' });
      expect(text).toBe('the lost answer');
      expect(events.at(-2)?.event).toBe('metadata');
      expect(requests()[1]).toMatchObject({
        method: 'GET',
        path: `/api/v1/chatmessage/f?chatId=${String(requests()[0]?.body.chatId)}`,
      });
    });

    it.each([
      ['does not know the answer', upstream.json([])],
      ['fails', upstream.status(500)],
      ['answers with nonsense', upstream.html()],
      ['breaks the connection', upstream.resetBeforeHeaders()],
    ])('count as empty when the look-up %s', async (_name, lookUp) => {
      await put('flow', { provider: 'flowise', upstream: { flowId: 'f' } });
      const ids = { chatId: 'c', chatMessageId: 'm-2', sessionId: 'c' };
      remote.respondWith(upstream.raw(flowiseFrame('metadata', ids), flowiseFrame('end', '[DONE]')), lookUp);
      const { events } = await ask({ chatflow_id: 'flow', question: 'Hi' });
      expect(events.at(-2)).toMatchObject({ event: 'error', code: 'upstream_failed' });
      expect(await server.read('/accounting/balance', user.token)).toEqual({ available: 100, held: 0 });
    });

    it.each([
      [{ words: 2, delayMs: 5 }],
      [{ characters: 9, delayMs: 5 }],
      [{ adaptive: true, delayMs: 5, delays: { code: 1 } }],
    ])('that arrive whole are shown in pieces, as the chatflow wants it: %j', async (chunking) => {
      await put('whole', { provider: 'flowise', chunking });
      remote.respondWith(upstream.json({ text: 'One two. Three four. Five' }));
      const { events, text } = await ask({ chatflow_id: 'whole', question: 'Hi' });
      expect(text).toBe('One two. Three four. Five');
      expect(events.filter(({ event }) => event === 'token').length).toBeGreaterThan(1);
    });
  });

  describe('an agent that asks a human', () => {
    const begin = async (chatflowId: string) => {
      const stream = await open({ chatflow_id: chatflowId, question: 'Compute' });
      const frames = stream[Symbol.asyncIterator]();
      const events: PredictEvent[] = [];
      const readUntil = async (name: string) => {
        for (let step = await frames.next(); step.done !== true; step = await frames.next()) {
          const event = step.value.json as PredictEvent | undefined;
          if (event !== undefined) events.push(event);
          if (event?.event === name) return;
        }
      };
      await readUntil('action');
      return { events, readUntil, turnId: String(events[0]?.turn_id), sessionId: String(events[0]?.data) };
    };
    beforeAll(() => put('waiting', { provider: 'flowise', inputWaitSeconds: 60 }));

    it('gets the answer in the same turn, and goes on', async () => {
      remote.respondWith(PAUSED, RESUMED);
      const requests = watch();
      const { events, readUntil, turnId, sessionId } = await begin('waiting');
      expect((await input(turnId, { action: 'proceed', content: 'fine' }).expect(200)).body).toEqual({
        turnId,
        status: 'running',
      });
      await readUntil('end');
      expect(requests()[1]?.body).toMatchObject({
        chatId: requests()[0]?.body.chatId,
        overrideConfig: requests()[0]?.body.overrideConfig,
        question: 'fine',
        humanInput: { type: 'proceed', startNodeId: 'agentAgentflow_0', feedback: 'fine' },
      });
      expect(events.filter(({ event }) => event === 'usedTools')).toHaveLength(1);
      expect(events.at(-2)).toMatchObject({ event: 'metadata', data: { charged: 1 } });
      const { data } = await server.read(`/sessions/${sessionId}/messages`, user.token);
      const answer = (data as { content: string; events: { type: string; toolCallId?: string }[] }[])[1];
      expect(answer?.content).toContain('It is 42.');
      expect(answer?.events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['input-request', 'tool-result']),
      );
      // Call and result are of one id although they came in two responses.
      const ids = answer?.events.flatMap(({ toolCallId }) => toolCallId ?? []);
      expect(new Set(ids).size).toBe(1);
      await input(turnId, { action: 'proceed' }).expect(409);
    });

    it('may be rejected, in words', async () => {
      remote.respondWith(PAUSED, RESUMED);
      const requests = watch();
      const { readUntil, turnId } = await begin('waiting');
      await input(turnId, { content: 'reject' }).expect(200);
      await readUntil('end');
      expect(requests()[1]?.body.humanInput).toEqual({
        type: 'reject',
        startNodeId: 'agentAgentflow_0',
      });
    });

    it('takes one answer, from its own user, and no empty one', async () => {
      remote.respondWith(PAUSED, upstream.hangAfter(), upstream.json({}));
      const { turnId } = await begin('waiting');
      await input(turnId, {}).expect(400);
      await input(turnId, { action: 'maybe' }).expect(400);
      await input(turnId, { action: 'proceed' }, await server.registerUser()).expect(404);
      await input(turnId, { action: 'proceed' }).expect(200);
      await input(turnId, { action: 'proceed' }).expect(409);
      await server.request.post(`/turns/${turnId}/stop`).auth(user.token, { type: 'bearer' }).expect(200);
    });

    it('can be stopped while it waits, and has nothing left to stop', async () => {
      remote.respondWith(PAUSED);
      const requests = watch();
      const { turnId } = await begin('waiting');
      const { body } = await server.request
        .post(`/turns/${turnId}/stop`)
        .auth(user.token, { type: 'bearer' });
      expect(body).toMatchObject({ status: 'stopped', charged: 1, upstreamAcknowledged: true });
      expect(requests()).toHaveLength(1);
    });

    it('ends with its question when nobody answers in time', async () => {
      await put('impatient', { provider: 'flowise', inputWaitSeconds: 1 });
      remote.respondWith(PAUSED);
      const { events, readUntil } = await begin('impatient');
      await readUntil('end');
      expect(events.at(-2)).toMatchObject({ event: 'metadata', data: { charged: 1 } });
    });

    it('ends with its question at once in a chatflow that does not wait', async () => {
      await put('hasty', { provider: 'flowise' });
      remote.respondWith(PAUSED);
      const { readUntil, turnId } = await begin('hasty');
      await readUntil('end');
      await input(turnId, { action: 'proceed' }).expect(409);
    });
  });
});
