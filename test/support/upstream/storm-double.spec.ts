import { openEventStream } from '../event-stream.js';
import { decode } from './decoding.js';
import { textOf } from './flowise-fixtures.js';
import { Gate } from './gate.js';
import { StormDecoder } from '../../../src/upstream/storm/storm.decoder.js';
import { startStormDouble, type StormDouble } from './storm-double.js';

describe('the double of Storm', () => {
  let double: StormDouble;

  beforeEach(async () => (double = await startStormDouble()));
  afterEach(() => double.close());

  const open = (body: object, path = '/api/v2/answer/stream', headers = {}) =>
    openEventStream(`${double.url}${path}`, { body, headers });

  /** Asks, and reads the answer as the product does. */
  async function ask(question: string, threadId?: string) {
    const body = Buffer.from(await (await open({ question, threadId })).text());
    const { outcome, events } = decode((report) => new StormDecoder(report), [body]);
    const metadata = events.find((event) => event.type === 'metadata');
    return { outcome, events, text: textOf(events), threadId: metadata?.upstreamSessionId };
  }

  it('opens a thread for who names none, under an id that no number can hold', async () => {
    const first = await ask('one');
    const second = await ask('two');
    expect(first).toMatchObject({ outcome: 'done', text: 'You said: one' });
    expect(double.threadIds).toEqual([first.threadId, second.threadId]);
    expect(String(Number(first.threadId))).not.toBe(first.threadId);
  });

  it('remembers in each thread what was said there, and nothing else', async () => {
    const { threadId } = await ask('my secret');
    expect((await ask('What did I say?', threadId)).text).toBe(
      'I remember: you said "my secret"; I said "You said: my secret"; ',
    );
    expect((await ask('What did I say?')).text).toBe('I remember nothing.');
    expect(double.threadOf(threadId ?? '')?.map(({ question }) => question)).toEqual([
      'my secret',
      'What did I say?',
    ]);
  });

  it('knows no thread but its own, and none that it was made to forget', async () => {
    const { threadId } = await ask('one');
    double.forgetThreads();
    const answer = await open({ question: 'two', threadId });
    expect(answer.status).toBe(404);
    expect(JSON.parse(await answer.text())).toEqual({
      status: 'error',
      error: { code: 'NOT_FOUND', message: `There is no thread ${threadId}.` },
    });
    expect(double.threadIds).toEqual([]);
  });

  it('streams in shape B: pieces, documents, the final event', async () => {
    double.answerWith({
      answer: () => ['a', 'b'],
      contexts: [{ id: '7335021897265348608', fileName: 'a.pdf' }],
    });
    const events = (await (await open({ question: 'Hi' })).events()).map(({ json }) => json);
    const [threadId] = double.threadIds;
    expect(events).toEqual([
      { status: 'success', data: expect.objectContaining({ threadId, message: { content: 'a' } }) },
      { status: 'success', data: expect.objectContaining({ threadId, message: { content: 'b' } }) },
      { status: 'success', data: { contexts: [{ id: '7335021897265348608', fileName: 'a.pdf' }] } },
      { status: 'success', data: { is_final_event: true } },
    ]);
  });

  it('answers in one document too', async () => {
    const answer = JSON.parse(await (await open({ question: 'Hi' }, '/api/v2/answer')).text()) as unknown;
    const [threadId] = double.threadIds;
    expect(answer).toMatchObject({
      status: 'success',
      data: { chat: { threadId, question: 'Hi', answer: 'You said: Hi' }, contexts: [] },
    });
    expect(double.threadOf(threadId ?? '')).toHaveLength(1);
  });

  it('fails the next request only, and remembers nothing of it', async () => {
    const { threadId } = await ask('one');
    double.failNext();
    expect((await open({ question: 'two', threadId })).status).toBe(500);
    double.failNext({ afterPieces: 1 });
    expect(await ask('three', threadId)).toMatchObject({ outcome: 'failed', text: 'You said: ' });
    expect(await ask('four', threadId)).toMatchObject({ outcome: 'done' });
    expect(double.threadOf(threadId ?? '')?.map(({ question }) => question)).toEqual(['one', 'four']);
  });

  it('answers to the end and remembers, though its client has left', async () => {
    const gate = new Gate();
    double.answerWith({ gate });
    const stream = await open({ question: 'Hi' });
    const request = await double.request(0);
    stream.abort();
    await request.closed;
    expect(request.clientLeft).toBe(true);
    expect(double.threadOf(double.threadIds[0] ?? '')).toEqual([]);
    gate.open();
    await double.whenIdle();
    expect(double.threadOf(double.threadIds[0] ?? '')).toEqual([{ question: 'Hi', answer: 'You said: Hi' }]);
  });

  it('wants its key where it has one', async () => {
    await double.close();
    double = await startStormDouble({ apiKey: 'k' });
    expect((await open({ question: 'Hi' })).status).toBe(401);
    const allowed = await open({ question: 'Hi' }, '/api/v2/answer/stream', { 'storm-api-key': 'k' });
    expect(allowed.status).toBe(200);
  });

  it('leaves nothing open when it closes', async () => {
    double.answerWith({ gate: new Gate() });
    const reading = (await open({ question: 'Hi' })).text();
    await double.close();
    await expect(reading).rejects.toThrow();
    expect(double.threadOf(double.threadIds[0] ?? '')).toEqual([]);
    await expect(fetch(double.url)).rejects.toThrow();
    double = await startStormDouble();
  });
});
