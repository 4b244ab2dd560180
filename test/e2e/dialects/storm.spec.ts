import { stormStream } from '../../support/dialects/storm-clients.js';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { DialectServer } from '../../support/dialects/dialect-server.js';
import { openRaw } from '../../support/raw-answer.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

describe('the Storm dialect', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;
  let key: string;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
    const { body } = await dialects.server.request
      .post('/auth/api-keys')
      .auth(setup.token, { type: 'bearer' })
      .send({ name: 'storm' })
      .expect(201);
    key = String(body.key);
  });
  const post = (path: string, body: object) =>
    dialects.server.request.post(`/api/v2/answer${path}`).set('storm-api-key', key).send(body);
  const sourced = flowise.frames(
    ['token', 'Fat.'],
    ['sourceDocuments', [{ pageContent: 'Milk is 3.5 % fat.', metadata: { source: 'milk.txt' } }]],
    ['end', '[DONE]'],
  );

  it('takes a key of ours as storm-api-key', async () => {
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    expect(await stormStream.ask({ ...setup, token: key }, 'Hi')).toEqual({ text: 'Hello' });
  });

  it('answers whole, with contexts, and goes on in the thread', async () => {
    dialects.upstream.respondWith(sourced);
    const { body } = await post('', { question: 'What is milk?', bucketIds: [] }).expect(200);
    expect(body).toMatchObject({
      status: 'success',
      data: {
        chat: {
          threadId: expect.any(String),
          question: 'What is milk?',
          answer: 'Fat.',
          status: 'completed',
        },
        contexts: [
          { type: 'document', fileName: 'milk.txt', context: 'Milk is 3.5 % fat.', referenceIdx: 1 },
        ],
      },
    });
    const { threadId } = body.data.chat;
    const second = await post('', { question: 'Really?', threadId }).expect(200);
    expect(second.body.data.chat.threadId).toBe(threadId);
    expect(await dialects.server.read(`/sessions/${threadId}`, setup.token)).toMatchObject({
      messageCount: 4,
    });
  });

  it('answers the contexts alone, as a turn that is charged', async () => {
    dialects.upstream.respondWith(sourced);
    const { body } = await post('/context', { question: 'What is milk?' }).expect(200);
    expect(body).toEqual({
      status: 'success',
      data: { contexts: [expect.objectContaining({ context: 'Milk is 3.5 % fat.' })] },
    });
    expect(await dialects.server.read('/accounting/balance', setup.token)).toEqual({
      available: 98,
      held: 0,
    });
  });

  it('chooses the chatflow by its buckets, whatever their order', async () => {
    const { url: baseUrl } = dialects.upstream;
    dialects.upstream.addFlow('m');
    await dialects.putChatflow('manuals', { upstream: { flowId: 'm', baseUrl, bucketIds: ['a', 'b'] } });
    await post('', { question: 'Hi', bucketIds: ['b', 'a'] }).expect(200);
    expect(dialects.upstream.requests[0]?.flowId).toBe('m');
    const twin = dialects.putChatflow('twin', {
      upstream: { flowId: 'm', baseUrl, bucketIds: ['b', 'a', 'b'] },
    });
    await expect(twin).rejects.toThrow('409');
    // A chatflow may be saved again with the buckets that it has.
    await dialects.putChatflow('manuals', { upstream: { flowId: 'm', baseUrl, bucketIds: ['b', 'a'] } });
    const { body } = await post('', { question: 'Hi', bucketIds: ['a'] }).expect(404);
    expect(body).toMatchObject({ code: 'not_found', status: 404 });
  });

  it('tells the thread in the stream, first and last', async () => {
    const stream = await dialects.server.stream('/api/v2/answer/stream', {
      headers: { 'storm-api-key': key },
      body: { question: 'Hi', threadId: '1234567890123456789' },
    });
    const events = await stream.events();
    expect(events.at(0)?.json).toMatchObject({
      status: 'success',
      data: { threadId: '1234567890123456789' },
    });
    expect(events.at(-1)?.json).toMatchObject({
      status: 'success',
      data: { threadId: '1234567890123456789', is_final_event: true },
    });
  });

  it('passes on when the upstream is willing again', async () => {
    dialects.upstream.respondWith(flowise.status(429, { 'retry-after': '77' }));
    await post('', { question: 'Hi' }).expect(503).expect('retry-after', '77');
    const stream = await openRaw(`${dialects.server.url}/api/v2/answer/stream`, {
      headers: { 'storm-api-key': key },
      body: { question: 'Hi' },
    });
    await stream.over;
    expect(stream.endedProperly).toBe(false);
    expect(JSON.parse(stream.body.trim().split('\n\ndata: ').at(-1) ?? '')).toMatchObject({
      status: 'error',
      error: { code: 'upstream_unavailable', retryAfterSeconds: 77 },
    });
  });

  it('refuses a webhook, which it would never call', async () => {
    const { body } = await post('', { question: 'Hi', webhookUrl: 'https://a.example' }).expect(400);
    expect(body.errors).toMatchObject([{ field: 'webhookUrl' }]);
  });
});
