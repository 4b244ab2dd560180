import { newAgent } from '../../support/dialects/ag-ui-clients.js';
import { newChat } from '../../support/dialects/ai-sdk-clients.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { newOpenAi } from '../../support/dialects/openai-clients.js';
import { requestOf, STREAM_ROUTES } from '../../support/dialects/stream-routes.js';
import { openRaw } from '../../support/raw-answer.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

describe('an upstream that says when it is willing again', () => {
  let dialects: DialectServer;

  beforeAll(async () => (dialects = await DialectServer.start({ STORM_CHATFLOW: 'flow' })));
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    dialects.upstream.respondWith(flowise.status(429, { 'retry-after': '77' }));
  });
  afterAll(() => dialects.close());

  it.each(STREAM_ROUTES.map((route) => [route.name, route] as const))(
    'is heard behind %s',
    async (_name, route) => {
      const { setup } = await dialects.newClient();
      const asking = { ...setup, sessionId: `retry-${setup.userId}` };
      const { path, ...request } = requestOf(route, asking);
      let answer = await openRaw(dialects.server.url + path, request);
      await answer.over;
      if (route.follow !== undefined) {
        const followed = route.follow(asking, String(answer.headers['x-turn-id']));
        answer = await openRaw(dialects.server.url + followed, { token: setup.token });
        await answer.over;
      }
      expect(answer.status).toBe(200);
      expect(answer.body).toContain('"retryAfterSeconds":77');
    },
  );

  it('is heard by the clients whose formats have no place of their own for it', async () => {
    const { setup } = await dialects.newClient();
    const client = newOpenAi(setup);
    const stream = await client.chat.completions.create({
      model: setup.chatflowId,
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
    });
    const read = async () => {
      for await (const _chunk of stream);
    };
    await expect(read()).rejects.toMatchObject({ error: { retryAfterSeconds: 77 } });

    const chat = newChat(setup);
    await chat.sendMessage({ text: 'Hi' });
    expect(chat.error).toBeDefined();
    expect(chat.messages.at(-1)?.metadata).toMatchObject({ retryAfterSeconds: 77 });

    const agent = newAgent(setup);
    agent.addMessage({ id: 'q', role: 'user', content: 'Hi' });
    const failures: unknown[] = [];
    await agent.runAgent({}, { onRunErrorEvent: ({ event }) => void failures.push(event) });
    expect(failures).toMatchObject([{ metadata: { retryAfterSeconds: 77 } }]);
  });
});
