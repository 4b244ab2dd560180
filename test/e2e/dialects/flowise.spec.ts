import flowiseSdk from 'flowise-sdk';
import type { ClientSetup } from '../../support/dialects/dialect-client.js';
import { CHATFLOW_ID, DialectServer, memoryIn } from '../../support/dialects/dialect-server.js';
import { flowise } from '../../support/upstream/flowise-behaviours.js';

const { FlowiseClient } = flowiseSdk;

describe('the Flowise dialect', () => {
  let dialects: DialectServer;
  let setup: ClientSetup;
  const path = `/api/v1/prediction/${CHATFLOW_ID}`;

  beforeAll(async () => (dialects = await DialectServer.start()));
  afterAll(() => dialects.close());
  beforeEach(async () => {
    await dialects.useFreshUpstream();
    ({ setup } = await dialects.newClient());
  });
  const post = (body: object) =>
    dialects.server.request.post(path).auth(setup.token, { type: 'bearer' }).send(body);

  it('says without credentials that a chatflow streams', async () => {
    const { body } = await dialects.server.request.get('/api/v1/chatflows-streaming/any').expect(200);
    expect(body).toEqual({ isStreaming: true });
  });

  it('writes the frames of a Flowise server, and nothing else', async () => {
    dialects.upstream.respondWith(flowise.tokens('Hello'));
    const stream = await dialects.server.stream(path, {
      token: setup.token,
      body: { question: 'Hi', streaming: true, overrideConfig: { sessionId: 's-1' } },
    });
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, private, no-transform',
      'x-accel-buffering': 'no',
      'x-session-id': 's-1',
    });
    const text = await stream.text();
    const messages = await dialects.server.read('/sessions/s-1/messages', setup.token);
    const answer = (messages.data as { id: string }[])[1]?.id;
    expect(text).toBe(
      'message:\ndata:{"event":"start","data":""}\n\n' +
        'message:\ndata:{"event":"token","data":"Hello"}\n\n' +
        `message:\ndata:{"event":"metadata","data":{"chatId":"s-1","chatMessageId":"${answer}","question":"Hi","sessionId":"s-1","finishReason":"stop"}}\n\n` +
        'message:\ndata:{"event":"end","data":"[DONE]"}\n\n',
    );
  });

  it('goes on in the session that `overrideConfig.sessionId` or `chatId` names', async () => {
    const client = new FlowiseClient({ baseUrl: setup.url, apiKey: setup.token });
    const first = await client.createPrediction({ chatflowId: CHATFLOW_ID, question: 'a' });
    const { chatId } = first as unknown as { chatId: string };
    await client.createPrediction({ chatflowId: CHATFLOW_ID, question: 'b', chatId });
    await client.createPrediction({
      chatflowId: CHATFLOW_ID,
      question: 'c',
      overrideConfig: { sessionId: chatId, vars: { x: 1 } },
    });
    const told = (await client.createPrediction({
      chatflowId: CHATFLOW_ID,
      question: 'What did I say?',
      chatId,
    })) as unknown as { text: string };
    expect(told.text).toBe(
      'I remember: you said "a"; I said "You said: a"; you said "b"; I said "You said: b"; you said "c"; I said "You said: c"; ',
    );
    const { requests } = dialects.upstream;
    // One memory, which the client has not chosen, and a run of its own for each question.
    expect(new Set(requests.map(({ body }) => memoryIn(body))).size).toBe(1);
    expect(new Set(requests.map(({ body }) => body.chatId)).size).toBe(4);
    expect(JSON.stringify(requests.map(({ body }) => body))).not.toContain(chatId);
    expect(requests[2]?.body.overrideConfig).toMatchObject({ vars: { x: 1 } });
  });

  it('takes what Flowise’s clients send: unknown fields, old history, forms', async () => {
    await post({
      question: 'Hi',
      history: [{ type: 'apiMessage', message: 'Hello' }],
      stopNodeId: 'x',
      leadEmail: 'a@b.c',
    }).expect(200);
    await post({ form: { name: 'Ada', age: 36 } }).expect(200);
    expect(dialects.upstream.requests.map(({ body }) => body)).toMatchObject([
      { question: 'Hi', history: [{ role: 'apiMessage', content: 'Hello' }] },
      { question: 'name: Ada\nage: 36' },
    ]);
  });

  it('answers sources and tools as the flow gave them', async () => {
    dialects.upstream.respondWith(flowise.recorded('07d'));
    const { body } = await post({ question: 'Hi' }).expect(200);
    expect(body.sourceDocuments).toEqual(
      expect.arrayContaining([expect.objectContaining({ pageContent: expect.any(String) })]),
    );
  });

  it('tells the widget how to look, whoever asks and about whatever', async () => {
    for (const id of ['flow', 'nobody-knows']) {
      const { body } = await dialects.server.request.get(`/api/v1/public-chatbotConfig/${id}`).expect(200);
      // What the widget looks at: uploads that it would offer, and nothing to ask or to read aloud.
      expect(body).toMatchObject({ uploads: { isImageUploadAllowed: false }, isTTSEnabled: false });
    }
  });

  it('fails with a problem that has Flowise’s members too', async () => {
    const { status, headers, body } = await post({});
    expect(status).toBe(400);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(body).toMatchObject({
      code: 'validation_failed',
      status: 400,
      statusCode: 400,
      success: false,
      message: expect.any(String),
    });
    await post({ question: 'Hi', chatId: 'a\nb' }).expect(400);
  });
});
