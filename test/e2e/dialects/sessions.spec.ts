import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { CHATFLOW_ID, DialectServer } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';
import { Gate } from '../../support/upstream/gate.js';

describe('the sessions page’s dialect', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
  });
  const open = (body?: object) =>
    dialects.server.request.post('/sessions').auth(setup.token, { type: 'bearer' }).send(body);
  const ask = (session: string, content = 'Hi', token = setup.token) =>
    dialects.server.stream(`/sessions/${session}/messages/stream`, {
      token,
      body: { content, role: 'user' },
    });

  it('opens a session, which gets its topic and messages from the first question', async () => {
    const { body: opened } = await open().expect(201);
    expect(opened).toMatchObject({
      id: expect.any(String),
      chatflowId: CHATFLOW_ID,
      topic: '',
      messageCount: 0,
    });
    expect(await dialects.server.read(`/sessions/${opened.id}`, setup.token)).toEqual(opened);
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    const stream = await ask(opened.id as string, 'What is up?');
    const text = await stream.text();
    const { data } = await dialects.server.read(`/sessions/${opened.id}/messages`, setup.token);
    const id = (data as { id: string }[])[1]?.id;
    expect(text).toBe(
      `data: {"type":"start","messageId":"${id}"}\n\n` +
        'data: {"type":"token","content":"Hello"}\n\n' +
        `data: {"type":"end","messageId":"${id}"}\n\n`,
    );
    await (await ask(opened.id as string, 'And then?')).text();
    expect(await dialects.server.read(`/sessions/${opened.id}`, setup.token)).toMatchObject({
      topic: 'What is up?',
      messageCount: 4,
    });
  });

  it('asks the chatflow that the session was opened for', async () => {
    await dialects.putChatflow('other');
    const { body } = await open({ chatflowId: 'other' }).expect(201);
    await (await ask(body.id as string)).text();
    expect(dialects.upstream.requests[0]?.flowId).toBe('other');
    await open({ chatflowId: 'nowhere' }).expect(404);
  });

  it('opens a session that was not known before', async () => {
    const session = `own-${setup.userId}`;
    await (await ask(session)).text();
    expect(await dialects.server.read(`/sessions/${session}`, setup.token)).toMatchObject({
      messageCount: 2,
    });
  });

  it('keeps sessions of others to themselves', async () => {
    const { body } = await open({}).expect(201);
    await (await ask(body.id as string, 'A secret')).text();
    const { setup: other } = await dialects.newClient();
    const stream = await ask(body.id as string, 'What did I say?', other.token);
    expect(stream.status).toBe(200);
    expect(await stream.text()).toContain('nothing.');
    const list = await dialects.server.read('/sessions', other.token);
    expect(list.data).toMatchObject([{ id: body.id, topic: 'What did I say?', messageCount: 2 }]);
    expect(await dialects.server.read(`/sessions/${body.id}`, setup.token)).toMatchObject({
      topic: 'A secret',
      messageCount: 2,
    });
  });

  it('refuses an id that cannot be one, and an assistant’s message', async () => {
    expect((await ask('a%0Ab')).status).toBe(400);
    const { status } = await dialects.server.request
      .post('/sessions/x/messages/stream')
      .auth(setup.token, { type: 'bearer' })
      .send({ content: 'Hi', role: 'assistant' });
    expect(status).toBe(400);
  });

  it('ends a failure with error and the end of the body', async () => {
    dialects.upstream.respondWith(flowise.reset('Hello'));
    const events = await (await ask('failing')).events();
    expect(events.map(({ json }) => json as unknown)).toEqual([
      { type: 'start', messageId: expect.any(String) },
      { type: 'token', content: 'Hello' },
      { type: 'error', error: expect.any(String) },
    ]);
  });

  describe('after a cut', () => {
    const texts = async (session: string) =>
      (
        (await dialects.server.read(`/sessions/${session}/messages`, setup.token)).data as {
          content: string;
        }[]
      ).map(({ content }) => content);
    const balance = () => dialects.server.read('/accounting/balance', setup.token);
    /** Asks and leaves before the answer is complete. @returns lets it become complete */
    async function cut(session: string): Promise<() => void> {
      const gate = new Gate();
      dialects.upstream.respondWith(flowise.gated(gate, 'first ', 'second'));
      const stream = await ask(session);
      gate.release();
      for await (const { json } of stream) if (json.type === 'token') break;
      stream.abort();
      return () => gate.open();
    }

    it('the same message attaches to the turn that runs, from its beginning', async () => {
      const finish = await cut('cut-running');
      const again = await ask('cut-running');
      finish();
      expect(spokenIn(await again.text())).toBe('first second');
      expect(await texts('cut-running')).toEqual(['Hi', 'first second']);
      expect(await balance()).toEqual({ available: 98, held: 0 });
    });

    it('the same message replays the turn that has ended meanwhile, and is charged once', async () => {
      const finish = await cut('cut-ended');
      finish();
      await whenEnded('cut-ended');
      const again = await ask('cut-ended');
      expect(spokenIn(await again.text())).toBe('first second');
      expect(dialects.upstream.requests).toHaveLength(1);
      expect(await balance()).toEqual({ available: 98, held: 0 });
    });

    it('another message is another question', async () => {
      const finish = await cut('cut-other');
      finish();
      await whenEnded('cut-other');
      dialects.upstream.respondWith(flowise.tokens('third'));
      await (await ask('cut-other', 'And?')).text();
      expect(await texts('cut-other')).toEqual(['Hi', 'first second', 'And?', 'third']);
    });

    it('whoever has seen the end asks the same thing anew', async () => {
      dialects.upstream.respondWith(flowise.tokens('yes'));
      await (await ask('twice')).text();
      await (await ask('twice')).text();
      expect(await texts('twice')).toEqual(['Hi', 'yes', 'Hi', 'yes']);
    });

    async function whenEnded(session: string): Promise<void> {
      while ('activeTurnId' in (await dialects.server.read(`/sessions/${session}`, setup.token)));
    }
    const spokenIn = (text: string): string =>
      [...text.matchAll(/"type":"token","content":"([^"]*)"/g)].map(([, content]) => content).join('');
  });

  it('lets pages of any origin read it while developing, and never with credentials', async () => {
    const { headers } = await dialects.server.request
      .post('/sessions/cors/messages/stream')
      .set('origin', 'http://localhost:5173')
      .auth(setup.token, { type: 'bearer' })
      .send({ content: 'Hi', role: 'user' })
      .expect(200);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
  });
});
