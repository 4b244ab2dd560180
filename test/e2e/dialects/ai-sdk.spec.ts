import { newChat, newTransport, textOf } from '../../support/dialects/ai-sdk-clients.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { LIBRARIES } from '../../support/dialects/libraries/libraries.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';
import { Gate } from '../../support/upstream/gate.js';

const AI_SDKS = LIBRARIES.aiSdks.map((sdk) => [sdk.versions.ai, sdk] as const);

describe.each(AI_SDKS)('the AI SDK dialect, with ai %s', (_version, sdk) => {
  let dialects: DialectServer;
  let setup: ClientSetup;
  let chatId: string;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
    chatId = `chat-${setup.userId}`;
  });
  const get = (path: string) => dialects.server.stream(path, { token: setup.token });

  it('keeps the chat under its own id, and gives the message the id under which it is stored', async () => {
    const chat = newChat(setup, chatId, sdk);
    await chat.sendMessage({ text: 'Hi' });
    const { data } = await dialects.server.read(`/sessions/${chatId}/messages`, setup.token);
    expect(data).toMatchObject([{ role: 'user' }, { role: 'assistant', id: chat.lastMessage?.id }]);
    expect(chat.lastMessage?.metadata).toMatchObject({ sessionId: chatId, charged: 2 });
  });

  it('makes an answer again as a new turn with the same question', async () => {
    const chat = newChat(setup, chatId, sdk);
    await chat.sendMessage({ text: 'Hi' });
    dialects.upstream.runAs({ kind: 'chain', answer: () => ['Better'] });
    await chat.regenerate();
    expect(chat.messages.map(textOf)).toEqual(['Hi', 'Better']);
    expect(dialects.upstream.requests.map(({ body }) => body.question)).toEqual(['Hi', 'Hi']);
  });

  it('shows tools and sources as parts', async () => {
    const tool = { tool: 'add', toolInput: { a: 1 }, toolOutput: '2' };
    dialects.upstream.respondWith(
      flowise.frames(
        ['token', 'a'],
        ['usedTools', [tool]],
        ['sourceDocuments', [{ pageContent: 'p', metadata: { source: 'x.txt' } }]],
        ['end', '[DONE]'],
      ),
    );
    const chat = newChat(setup, chatId, sdk);
    await chat.sendMessage({ text: 'Hi' });
    expect(chat.error).toBeUndefined();
    expect(chat.lastMessage?.parts).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'tool-add',
          state: 'output-available',
          input: { a: 1 },
          output: '2',
        }),
        expect.objectContaining({ type: 'source-document' }),
      ]),
    );
  });

  it('resumes from the beginning under the same message id, or behind a given event', async () => {
    const gate = new Gate();
    dialects.upstream.respondWith(flowise.gated(gate, 'Hello', ' world'));
    const first = newChat(setup, chatId, sdk);
    const sent = first.sendMessage({ text: 'Hi' });
    gate.release();
    while (textOf(first.lastMessage) !== 'Hello') await new Promise((resolve) => setTimeout(resolve, 2));

    const second = newChat(setup, chatId, sdk);
    const resumed = second.resumeStream();
    const remainder = get(`/api/chat/${chatId}/stream?after=3`);
    const opened = await remainder;
    gate.open();
    await Promise.all([sent, resumed]);
    expect(second.lastMessage).toEqual(first.lastMessage);
    expect(textOf(second.lastMessage)).toBe('Hello world');
    const types = (await opened.events()).map(
      ({ json }) => json as { type: string; delta?: string } | undefined,
    );
    expect(types[0]?.type).toBe('text-start');
    expect(types.map((part) => part?.delta ?? '').join('')).toBe('llo world');
  });

  it('resumes what has just ended, and nothing where nobody asked', async () => {
    expect(await newTransport(setup, sdk).reconnectToStream({ chatId })).toBeNull();
    const asked = newChat(setup, chatId, sdk);
    await asked.sendMessage({ text: 'Hi' });
    const back = newChat(setup, chatId, sdk);
    await back.resumeStream();
    expect(back.lastMessage).toEqual(asked.lastMessage);
    expect((await get('/api/chat/nobodys/stream')).status).toBe(204);
  });

  it('stops what runs, and says so when nothing does', async () => {
    dialects.upstream.respondWith(flowise.hangAfter(['Hello']));
    const chat = newChat(setup, chatId, sdk);
    const sent = chat.sendMessage({ text: 'Hi' });
    while (textOf(chat.lastMessage) !== 'Hello') await new Promise((resolve) => setTimeout(resolve, 2));
    for (let time = 0; time < 2; time++) {
      const { body } = await dialects.server.request
        .post(`/api/chat/${chatId}/stop`)
        .auth(setup.token, { type: 'bearer' })
        .expect(200);
      expect(body).toEqual({ success: true });
    }
    await sent;
    expect(chat.error?.message).toMatch(/stopped/);
    const { data } = await dialects.server.read(`/sessions/${chatId}/messages`, setup.token);
    expect(data).toMatchObject([{}, { content: 'Hello', status: 'stopped' }]);
  });

  it('takes the last message alone, and the chatflow from a header', async () => {
    const stream = await dialects.server.stream('/api/chat', {
      token: setup.token,
      headers: { 'X-Chatflow-Id': 'assistant' },
      body: { id: chatId, message: { id: 'u', role: 'user', parts: [{ type: 'text', text: 'hello' }] } },
    });
    expect(stream.headers['x-vercel-ai-ui-message-stream']).toBe('v1');
    expect((await stream.events()).at(-1)?.data).toBe('[DONE]');
    expect(dialects.upstream.requests).toHaveLength(0);
  });

  it('refuses a chat id that cannot be a session’s', async () => {
    const { text } = await dialects.server.request
      .post('/api/chat')
      .auth(setup.token, { type: 'bearer' })
      .send({ id: 'a\nb', messages: [] })
      .expect(400);
    expect(text).toContain('id must be');
  });
});
