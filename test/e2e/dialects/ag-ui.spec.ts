import { newAgent } from '../../support/dialects/ag-ui-clients.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

describe('the AG-UI dialect, with @ag-ui/client 1', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
  });

  it('goes on in the thread, which is the session', async () => {
    const agent = newAgent(setup, `thread-${setup.userId}`);
    for (const id of ['1', '2']) {
      agent.addMessage({ id, role: 'user', content: `question ${id}` });
      await agent.runAgent();
    }
    expect(agent.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(await dialects.server.read(`/sessions/${agent.threadId}`, setup.token)).toMatchObject({
      messageCount: 4,
    });
    expect(dialects.upstream.requests.map(({ body }) => body.question)).toEqual(['question 1', 'question 2']);
    agent.addMessage({ id: '3', role: 'user', content: 'What did I say?' });
    await agent.runAgent();
    expect(agent.messages.at(-1)?.content).toContain(
      'you said "question 1"; I said "You said: question 1"; ',
    );
  });

  it('shows tools as messages, and sources as a custom event', async () => {
    dialects.upstream.respondWith(
      flowise.frames(
        ['token', 'a'],
        ['usedTools', [{ tool: 'add', toolInput: { a: 1 }, toolOutput: '2' }]],
        ['sourceDocuments', [{ pageContent: 'p', metadata: {} }]],
        ['end', '[DONE]'],
      ),
    );
    const agent = newAgent(setup);
    const custom: string[] = [];
    agent.addMessage({ id: '1', role: 'user', content: 'Hi' });
    await agent.runAgent({}, { onCustomEvent: ({ event }) => void custom.push(event.name) });
    expect(agent.messages).toEqual(
      expect.arrayContaining([expect.objectContaining({ role: 'tool', content: '2' })]),
    );
    expect(custom).toEqual(['turn', 'sources']);
  });

  it('refuses a thread id that cannot be a session’s, and a run without a question', async () => {
    const post = (body: object) =>
      dialects.server.request.post('/agui/flow').auth(setup.token, { type: 'bearer' }).send(body);
    await post({ threadId: 'a\nb', runId: 'r', messages: [{ role: 'user', content: 'Hi' }] }).expect(400);
    await post({ threadId: 'a', runId: 'r', messages: [{ role: 'assistant', content: 'Hi' }] }).expect(400);
  });
});
