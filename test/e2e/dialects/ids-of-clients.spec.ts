import { newAgent } from '../../support/dialects/ag-ui-clients.js';
import { newChat, newTransport, textOf } from '../../support/dialects/ai-sdk-clients.js';
import { openBrowser } from '../../support/dialects/browser.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import { STREAM_ROUTES, requestOf } from '../../support/dialects/stream-routes.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';
import { TollgateClient } from '@tollgate/client';

/** Spaces, slashes, percent signs, other scripts: whatever a client calls its chat. */
const IDS = ['c cut/1', 'a%2Fb?c#d&e', '日本 “é” 🙂'];

describe.each(IDS)('the id %j that a client chose', (id) => {
  let dialects: DialectServer;
  let setup: ClientSetup;
  let closeBrowser: () => Promise<void>;

  beforeAll(async () => {
    closeBrowser = openBrowser();
    dialects = await DialectServer.start();
  });
  afterAll(async () => {
    await dialects.close();
    await closeBrowser();
  });
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
  });
  const path = `/sessions/${encodeURIComponent(id)}`;
  const session = () => dialects.server.read(path, setup.token);

  it('is a chat of the AI SDK: asked, resumed, stopped, read, renamed, deleted', async () => {
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    const chat = newChat(setup, id);
    await chat.sendMessage({ text: 'Hi' });
    expect([chat.error, textOf(chat.messages.at(-1))]).toEqual([undefined, 'Hello']);
    expect(await newTransport(setup).reconnectToStream({ chatId: id })).not.toBeNull();
    const as = { type: 'bearer' } as const;
    const { request } = dialects.server;
    await request
      .post(`/api/chat/${encodeURIComponent(id)}/stop`)
      .auth(setup.token, as)
      .expect(200);
    expect(await session()).toMatchObject({ id, messageCount: 2 });
    await request.patch(path).auth(setup.token, as).send({ topic: 'New' }).expect(200);
    expect((await dialects.server.read(`${path}/messages`, setup.token)).data).toHaveLength(2);
    expect((await dialects.server.read('/sessions', setup.token)).data).toMatchObject([{ id, topic: 'New' }]);
    await request.delete(path).auth(setup.token, as).expect(204);
    await request.get(path).auth(setup.token, as).expect(404);
  });

  it('is a thread of AG-UI', async () => {
    const agent = newAgent(setup, id);
    agent.addMessage({ id: 'm', role: 'user', content: 'Hi' });
    await agent.runAgent();
    expect(await session()).toMatchObject({ id, messageCount: 2 });
  });

  it('goes through the header, both ways', async () => {
    const client = newOpenAi(setup);
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const { response } = await client.chat.completions
      .create({ model: setup.chatflowId, messages }, { headers: { 'X-Session-Id': encodeURIComponent(id) } })
      .withResponse();
    expect(decodeURIComponent(response.headers.get('x-session-id') ?? '')).toBe(id);
    expect(await session()).toMatchObject({ id });
  });

  it('is a session of our own client', async () => {
    const client = new TollgateClient({ baseUrl: setup.url, accessToken: setup.token });
    const names: unknown[] = [];
    for await (const event of client.chat.stream({
      chatflowId: setup.chatflowId,
      question: 'Hi',
      sessionId: id,
    }))
      if (event.type === 'start') names.push(event.sessionId);
    expect(names).toEqual([id]);
    expect((await client.sessions.messages(id)).data).toHaveLength(2);
  });

  it.each(
    STREAM_ROUTES.filter(({ follow }) => follow === undefined).map((route) => [route.name, route] as const),
  )('starts a turn: %s', async (_name, route) => {
    const asking = { ...setup, sessionId: id };
    const { path: to, ...request } = requestOf(route, asking);
    const url = route.name === 'POST /sessions/{sessionId}/messages/stream' ? `${path}/messages/stream` : to;
    const stream = await dialects.server.stream(url, request);
    await stream.text();
    expect(stream.status).toBe(200);
    // Chat Completions and Responses name none in their body.
    if (!route.name.startsWith('POST /v1/')) {
      expect(stream.headers['x-session-id']).toBe(encodeURIComponent(id));
      expect(await session()).toMatchObject({ id });
    }
  });
});
