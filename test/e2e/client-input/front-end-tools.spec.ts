import { createRequire } from 'node:module';
import type * as AiReactModule from '@ai-sdk/react';
import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithToolCalls,
  type ChatOnToolCallCallback,
  type UIMessage,
} from 'ai';
import { newAgent } from '../../support/dialects/ag-ui-clients.js';
import { newChat, textOf } from '../../support/dialects/ai-sdk-clients.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { until } from '../../support/dialects/page.js';
import { refusalIn } from '../../support/refusal.js';
import { startTestServer, type TestServer, type TestUser } from '../../support/test-server.js';
import { calls, says, sentTo } from '../../support/upstream/model-answers.js';
import { startReplayServer, type ReplayServer } from '../../support/upstream/replay-server.js';

const require = createRequire(import.meta.url);
const { Chat } = require('@ai-sdk/react') as typeof AiReactModule;

const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const TOOL = { name: 'weather', description: 'Tells the weather.', parameters: PARAMETERS };
const PASSED = [{ type: 'function', function: TOOL }];
const ROME = { id: 'call_a', name: 'weather', arguments: '{"city":"Rome"}' };
const OSLO = { id: 'call_b', name: 'weather', arguments: '{"city":"Oslo"}' };
const QUESTION = { role: 'user', content: 'How is it?' };
const called = (...tools: (typeof ROME)[]) => ({
  role: 'assistant',
  tool_calls: tools.map(({ id, ...fn }) => ({ id, type: 'function', function: fn })),
});
const told = (tool: typeof ROME, content: string) => ({ role: 'tool', tool_call_id: tool.id, content });

describe('tools of a front end', () => {
  let server: TestServer;
  let model: ReplayServer;
  let user: TestUser;

  beforeAll(async () => {
    server = await startTestServer({ TURNS_PER_MINUTE: '1000', UPSTREAM_RETRIES: '0' });
  });
  beforeEach(async () => {
    user = await server.registerUser({ credits: 100 });
    model = await startReplayServer();
    await put('open', { clientOptions: ['tools', 'tool_choice', 'system'] });
    await put('strict', {});
  });
  afterEach(() => model.close());
  afterAll(() => server.close());

  async function put(id: string, settings: object): Promise<void> {
    const { token } = await server.admin();
    const upstream = { baseUrl: `${model.url}/v1`, model: 'm' };
    const body = { name: id, provider: 'openai', upstream, price: { credits: 1 }, access: { public: true } };
    const { status } = await server.request
      .put(`/chatflows/${id}`)
      .auth(token, { type: 'bearer' })
      .send({ ...body, ...settings });
    expect([200, 201]).toContain(status);
  }
  const setup = (chatflowId = 'open'): ClientSetup => ({
    url: server.url,
    userId: user.userId,
    token: user.token,
    chatflowId,
  });
  const available = async () => Number((await server.read('/accounting/balance', user.token)).available);
  const post = (path: string, body: object) =>
    server.request.post(path).auth(user.token, { type: 'bearer' }).send(body);

  describe('of AG-UI, with HttpAgent', () => {
    it('are called, and the run goes on with what came of them, round after round', async () => {
      const agent = newAgent(setup(), `thread-${user.userId}`);
      const seen: string[] = [];
      const run = () =>
        agent.runAgent({ tools: [TOOL] }, { onEvent: ({ event }) => void seen.push(event.type) });
      agent.addMessage({ id: 'q', role: 'user', content: QUESTION.content });
      model.respondWith(calls([ROME, OSLO], 'Let me see.'));
      await run();
      expect(sentTo(model)).toMatchObject({ tools: PASSED, messages: [QUESTION] });
      expect(seen).toEqual([
        'RUN_STARTED',
        'CUSTOM',
        ...['TEXT_MESSAGE_START', 'TEXT_MESSAGE_CONTENT', 'TEXT_MESSAGE_END'],
        ...['TOOL_CALL_START', 'TOOL_CALL_ARGS', 'TOOL_CALL_END'],
        ...['TOOL_CALL_START', 'TOOL_CALL_ARGS', 'TOOL_CALL_END'],
        'RUN_FINISHED',
      ]);
      // One message, as it is stored, with both calls.
      expect(agent.messages.slice(1)).toMatchObject([
        { role: 'assistant', content: 'Let me see.', toolCalls: [{ id: 'call_a' }, { id: 'call_b' }] },
      ]);

      agent.addMessage({ id: 'ta', role: 'tool', toolCallId: 'call_a', content: '20 °C' });
      agent.addMessage({ id: 'tb', role: 'tool', toolCallId: 'call_b', content: '3 °C' });
      const again = { id: 'call_c', name: 'weather', arguments: '{"city":"Bonn"}' };
      model.respondWith(calls([again]));
      await run();
      const first = [
        QUESTION,
        { ...called(ROME, OSLO), content: 'Let me see.' },
        told(ROME, '20 °C'),
        told(OSLO, '3 °C'),
      ];
      expect(sentTo(model)).toMatchObject({ tools: PASSED, messages: first });

      agent.addMessage({ id: 'tc', role: 'tool', toolCallId: 'call_c', content: '9 °C' });
      model.respondWith(says('Mild.'));
      await run();
      expect(sentTo(model).messages).toMatchObject([...first, called(again), told(again, '9 °C')]);
      expect(agent.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'Mild.' });
      expect(await available()).toBe(97);
    });

    it('are called without a word, behind thoughts', async () => {
      const agent = newAgent(setup());
      agent.addMessage({ id: 'q', role: 'user', content: 'How is it?' });
      model.respondWith(calls([ROME], '<think>Rome, I suppose.</think>'));
      await agent.runAgent({ tools: [TOOL] });
      expect(agent.messages.map(({ role }) => role)).toEqual(['user', 'reasoning', 'assistant']);
      agent.addMessage({ id: 'ta', role: 'tool', toolCallId: 'call_a', content: '20 °C' });
      model.respondWith(says('Sunny.'));
      await agent.runAgent({ tools: [TOOL] });
      expect(sentTo(model).messages).toEqual([
        QUESTION,
        { ...called(ROME), content: null },
        told(ROME, '20 °C'),
      ]);
    });

    it.each([
      ['tools', { messages: [{ id: 'q', ...QUESTION }], tools: [TOOL] }, 'tools'],
      [
        'their results',
        {
          messages: [
            { id: 'q', ...QUESTION },
            { id: 'a', role: 'assistant', toolCalls: called(ROME).tool_calls },
            { id: 't', role: 'tool', toolCallId: 'call_a', content: 'x' },
          ],
        },
        'messages.2.role',
      ],
      [
        'a run to be resumed',
        { messages: [{ id: 'q', ...QUESTION }], resume: [{ interruptId: 'i', status: 'resolved' }] },
        'resume',
      ],
    ])('are refused where the chatflow does not allow them: %s', async (_what, body, param) => {
      const answer = await post('/agui/strict', { threadId: 't', ...body });
      expect(refusalIn(answer)).toEqual({
        status: 400,
        code: 'unsupported_parameter',
        told: expect.stringContaining(param),
      });
      expect(model.requests).toHaveLength(0);
      expect(await available()).toBe(100);
    });

    it('are refused with what is wrong: a tool without a name, a result that nobody has asked for', async () => {
      const nameless = await post('/agui/open', { threadId: 't', messages: [QUESTION], tools: [{}] });
      expect(refusalIn(nameless)).toMatchObject({ status: 400, told: expect.stringContaining('tools.0') });
      const messages = [QUESTION, { role: 'tool', toolCallId: 'call_x', content: 'x' }];
      const unasked = await post('/agui/open', { threadId: 't', messages, tools: [TOOL] });
      expect(refusalIn(unasked)).toMatchObject({ status: 400, code: 'validation_failed' });
    });

    it('names what it leaves out', async () => {
      const body = {
        threadId: 't',
        messages: [QUESTION],
        state: { a: 1 },
        context: [],
        forwardedProps: { b: 1 },
      };
      const system = { role: 'system', content: 'Be brief.' };
      const { headers } = await post('/agui/strict', { ...body, messages: [system, QUESTION] });
      expect(headers['x-ignored-options']).toBe('state, forwardedProps, system');
      model.respondWith(says('Hi'));
      await post('/agui/open', { threadId: 'u', messages: [system, QUESTION] }).expect(200);
      expect(sentTo(model).messages).toEqual([system, QUESTION]);
    });
  });

  describe('of the AI SDK, with Chat', () => {
    /** As its documentation has it: the page answers by itself, and the chat goes on when all tools have been run. */
    function newToolChat(run: ChatOnToolCallCallback, chatflowId = 'open') {
      return new Chat<UIMessage>({
        transport: new DefaultChatTransport({
          api: `${server.url}/api/chat`,
          headers: { Authorization: `Bearer ${user.token}` },
          body: { chatflowId, tools: { weather: { description: TOOL.description, parameters: PARAMETERS } } },
        }),
        sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
        onToolCall: run,
      });
    }
    const ended = (chat: { status: string }) =>
      until(() => chat.status === 'ready' || chat.status === 'error');
    const outputs: Readonly<Record<string, string>> = { Rome: '20 °C', Oslo: '3 °C' };

    it('are called, run by the page, and the answer goes on in the same message', async () => {
      const asked: unknown[] = [];
      const chat: ReturnType<typeof newToolChat> = newToolChat(({ toolCall }) => {
        asked.push(toolCall.input);
        const { city } = toolCall.input as { city: string };
        void chat.addToolOutput({ tool: 'weather', toolCallId: toolCall.toolCallId, output: outputs[city] });
      });
      model.respondWith(calls([ROME, OSLO], 'Let me see.'), says('Sunny in Rome.'));
      await chat.sendMessage({ text: QUESTION.content });
      await until(() => model.requests.length === 2);
      await ended(chat);
      expect(chat.error).toBeUndefined();
      expect(asked).toEqual([{ city: 'Rome' }, { city: 'Oslo' }]);
      expect(sentTo(model, 0)).toMatchObject({ tools: PASSED, messages: [QUESTION] });
      expect(sentTo(model)).toMatchObject({
        tools: PASSED,
        messages: [
          QUESTION,
          { ...called(ROME, OSLO), content: 'Let me see.' },
          told(ROME, '20 °C'),
          told(OSLO, '3 °C'),
        ],
      });
      // The page shows one message, with its tools once.
      expect(chat.messages).toHaveLength(2);
      const parts = chat.messages[1]?.parts ?? [];
      expect(parts.map(({ type }) => type)).toEqual([
        ...['step-start', 'text', 'tool-weather', 'tool-weather'],
        ...['step-start', 'text'],
      ]);
      expect(textOf(chat.messages[1])).toBe('Let me see.Sunny in Rome.');
      expect(await available()).toBe(98);

      model.respondWith(says('You are welcome.'));
      await chat.sendMessage({ text: 'Thanks' });
      expect(chat.messages).toHaveLength(4);
    });

    it('tell the model what went wrong', async () => {
      const chat: ReturnType<typeof newToolChat> = newToolChat(({ toolCall }) => {
        void chat.addToolOutput({
          tool: 'weather',
          toolCallId: toolCall.toolCallId,
          state: 'output-error',
          errorText: 'No network.',
        });
      });
      model.respondWith(calls([ROME]), says('I could not look.'));
      await chat.sendMessage({ text: QUESTION.content });
      await until(() => model.requests.length === 2);
      await ended(chat);
      expect(sentTo(model).messages).toMatchObject([QUESTION, called(ROME), told(ROME, 'No network.')]);
    });

    it('are not run with arguments that cannot be read', async () => {
      const asked: unknown[] = [];
      const chat = newToolChat(({ toolCall }) => void asked.push(toolCall));
      model.respondWith(calls([{ ...ROME, arguments: '{"city":' }]), says('Never mind.'));
      await chat.sendMessage({ text: QUESTION.content });
      await until(() => model.requests.length === 2);
      await ended(chat);
      expect(asked).toEqual([]);
      expect(sentTo(model).messages).toMatchObject([
        QUESTION,
        called({ ...ROME, arguments: '{}' }),
        told(ROME, 'The arguments are not a JSON object.'),
      ]);
    });

    it('the answer is made anew with its tools, and is resumed under the same message', async () => {
      const chat: ReturnType<typeof newToolChat> = newToolChat(({ toolCall }) => {
        void chat.addToolOutput({ tool: 'weather', toolCallId: toolCall.toolCallId, output: '20 °C' });
      });
      model.respondWith(calls([ROME]), says('Sunny.'));
      await chat.sendMessage({ text: QUESTION.content });
      await until(() => model.requests.length === 2);
      await ended(chat);
      const shown = chat.messages[1]?.id;
      const { text } = await server.request
        .get(`/api/chat/${chat.id}/stream`)
        .auth(user.token, { type: 'bearer' });
      expect(text).toContain(`"type":"start","messageId":"${shown}"`);

      model.respondWith(says('Still sunny.'));
      await chat.regenerate();
      expect(chat.messages.map(textOf)).toEqual([QUESTION.content, 'Still sunny.']);
      const { data } = (await server.read(`/sessions/${chat.id}/messages`, user.token)) as {
        data: { role: string; content: string }[];
      };
      expect(data.map(({ content }) => content)).toEqual([QUESTION.content, 'Still sunny.']);
    });

    it('goes on from the session when the client sends its last message alone', async () => {
      const id = `chat-${user.userId}`;
      model.respondWith(calls([ROME]));
      const question = { id: 'q', role: 'user', parts: [{ type: 'text', text: QUESTION.content }] };
      const tools = [{ name: 'weather', description: TOOL.description, inputSchema: PARAMETERS }];
      await post('/api/chat', { id, chatflowId: 'open', message: question, tools }).expect(200);
      expect(sentTo(model).tools).toEqual(PASSED);
      const answered = (toolCallId: string) => ({
        id: 'a',
        role: 'assistant',
        parts: [
          { type: 'step-start' },
          {
            type: 'dynamic-tool',
            toolName: 'weather',
            toolCallId,
            state: 'output-available',
            input: {},
            output: 20,
          },
        ],
      });
      const strange = await post('/api/chat', { id, chatflowId: 'open', message: answered('call_x'), tools });
      expect(refusalIn(strange)).toMatchObject({
        status: 400,
        code: 'validation_failed',
        told: expect.stringContaining('message.parts'),
      });
      model.respondWith(says('Sunny.'));
      await post('/api/chat', { id, chatflowId: 'open', message: answered('call_a'), tools }).expect(200);
      expect(sentTo(model).messages).toMatchObject([QUESTION, called(ROME), told(ROME, '20')]);
    });

    it('are refused where the chatflow does not allow them', async () => {
      for (const chatflowId of ['strict', 'assistant']) {
        const chat = newToolChat(() => undefined, chatflowId);
        await chat.sendMessage({ text: QUESTION.content });
        expect(chat.error?.message).toContain('tools');
      }
      expect(model.requests).toHaveLength(0);
      expect(await available()).toBe(100);
    });

    it('refuses to go on while a tool has not been run', async () => {
      const chat = newChat(setup());
      model.respondWith(calls([ROME]));
      await chat.sendMessage({ text: QUESTION.content }, { body: { tools: { weather: TOOL } } });
      await chat.sendMessage();
      expect(chat.error?.message).toContain('messages.1.parts.1.state');
      // The user may say something else instead.
      model.respondWith(says('All right.'));
      await chat.sendMessage({ text: 'Never mind' });
      expect(textOf(chat.messages.at(-1))).toBe('All right.');
      expect(sentTo(model).messages).toEqual([QUESTION, { role: 'user', content: 'Never mind' }]);
    });

    it('names what it leaves out', async () => {
      const message = { id: 'q', role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
      const body = {
        id: 'named',
        chatflowId: 'strict',
        messages: [message],
        system: 'Be brief.',
        model: 'gpt',
        config: {},
      };
      const { headers } = await post('/api/chat', body);
      expect(headers['x-ignored-options']).toBe('system, model');
      model.respondWith(says('Hi'));
      await post('/api/chat', { ...body, id: 'told', chatflowId: 'open' }).expect(200);
      expect(sentTo(model).messages).toEqual([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ]);
    });
  });
});
