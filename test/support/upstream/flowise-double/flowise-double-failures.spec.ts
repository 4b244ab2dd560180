import { readFlowiseFixture } from '../flowise-fixtures.js';
import { ask, call, open } from './ask.js';
import { startFlowiseDouble, type FlowiseDouble } from './flowise-double.js';

describe('failures of the double of Flowise', () => {
  let double: FlowiseDouble;

  beforeEach(async () => (double = await startFlowiseDouble()));
  afterEach(() => double.close());

  const jsonOf = async (flowId: string, body: object) =>
    JSON.parse(await (await open(double, flowId, { streaming: false, ...body })).text()) as unknown;

  /** Whether an answer has begun by the time that the server has answered something else. */
  async function begins(flowId: string, body: object = {}): Promise<boolean> {
    let begun = false;
    const leaving = new AbortController();
    const asking = fetch(`${double.url}/api/v1/prediction/${flowId}`, {
      method: 'POST',
      body: JSON.stringify({ question: 'Hi', streaming: true, ...body }),
      signal: leaving.signal,
    }).then(
      () => (begun = true),
      () => {},
    );
    await double.request(double.requests.length);
    await call(double, 'GET', 'chatmessage/flow');
    await double.whenIdle();
    const answered = begun;
    leaving.abort();
    await asking;
    return answered;
  }

  it('an unknown flow: never a byte of a stream, and a 404 otherwise', async () => {
    double.defineFlow('flow', { kind: 'chain' });
    expect(await begins('flow')).toBe(true);
    expect(await begins('nowhere')).toBe(false);
    const id = '11111111-2222-4333-8444-555555555555';
    const answer = await open(double, id, { question: 'Hi', streaming: false });
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(readFlowiseFixture('04b').body.toString('utf8'));
  });

  it('an error inside the 200, after tools have run: `end` follows, nothing is remembered', async () => {
    double.defineFlow('flow', {
      kind: 'toolAgent',
      failure: { kind: 'error', message: '429 Rate limit reached' },
    });
    const { events, text } = await ask(double, 'flow', { question: 'Hi', chatId: 'a' });
    expect(events).toEqual([
      { event: 'start', data: '' },
      { event: 'error', data: 'Error: predictionsServices.buildChatflow - 429 Rate limit reached' },
      { event: 'end', data: '[DONE]' },
    ]);
    expect(text).toBe('');
    expect(double.runs[0]).toMatchObject({ state: 'failed', tools: [{ tool: 'calculator' }] });
    expect(double.memoryOf('flow', 'a')).toEqual([]);
  });

  it('an error behind text, and only in the turns that are to fail', async () => {
    double.defineFlow('flow', {
      kind: 'chain',
      answer: () => ['a', 'b', 'c'],
      failure: ({ turn }) => (turn === 1 ? { kind: 'error', message: 'broken', afterTokens: 2 } : undefined),
    });
    expect((await ask(double, 'flow', { question: 'Hi', chatId: 'a' })).text).toBe('ab');
    expect((await ask(double, 'flow', { question: 'Hi', chatId: 'a' })).text).toBe('abc');
  });

  it('an agent node that breaks tells its status first', async () => {
    double.defineFlow('flow', { kind: 'agentflow2', failure: { kind: 'error', message: 'broken' } });
    const { names, events } = await ask(double, 'flow', { question: 'Hi' });
    expect(names.slice(-5)).toEqual([
      'nextAgentFlow',
      'agentFlowExecutedData',
      'agentFlowEvent',
      'error',
      'end',
    ]);
    expect(events.at(-2)?.data).toBe(
      'Error: predictionsServices.buildChatflow - Error in Agent node: broken',
    );
  });

  it('an HTTP error, with a stack that nobody may see', async () => {
    double.defineFlow('flow', { kind: 'chain', failure: { kind: 'status', status: 500 } });
    const answer = await open(double, 'flow', { question: 'Hi' });
    expect(answer.status).toBe(500);
    expect(JSON.parse(await answer.text())).toEqual({
      statusCode: 500,
      success: false,
      message: 'secret message',
      stack: 'secret stack',
    });
  });

  it('never a byte, where a flow is to be silent or a flow that cannot stream fails', async () => {
    double.defineFlow('flow', { kind: 'chain', failure: { kind: 'silence' } });
    expect(await begins('flow')).toBe(false);
    double.defineFlow('document', { kind: 'nonStreaming', failure: { kind: 'error', message: 'broken' } });
    expect(await begins('document')).toBe(false);
    expect(await jsonOf('document', { question: 'Hi' })).toEqual({
      statusCode: 500,
      success: false,
      message: 'Error: predictionsServices.buildChatflow - broken',
      stack: {},
    });
  });

  it('no text: what is stored is the result as JSON', async () => {
    double.defineFlow('flow', { kind: 'chain', answer: () => [] });
    const { names } = await ask(double, 'flow', { question: 'Hi', chatId: 'a' });
    expect(names).toEqual(['start', 'metadata', 'end']);
    expect(JSON.parse(double.memoryOf('flow', 'a').at(-1)?.content ?? '')).toEqual({ text: '' });
  });

  it('a missing key of a flow that requires one: as recorded', async () => {
    double.defineFlow('flow', { kind: 'chain', requiresKey: true });
    const stream = await open(double, 'flow', { question: 'Hi' });
    expect(await stream.text()).toBe(readFlowiseFixture('05a').body.toString('utf8'));
    const document = await open(double, 'flow', { question: 'Hi', streaming: false });
    expect(await document.text()).toBe(readFlowiseFixture('05b').body.toString('utf8'));
  });

  it.each([
    [
      'whose name does not fit its type',
      { type: 'file', name: 'a.png', data: 'data:image/jpeg;base64,AA==' },
    ],
    ['that is an address in a file', { type: 'file', name: 'a.png', data: 'https://example.org/a.png' }],
  ])('an upload %s fails the whole call', async (_what, upload) => {
    double.defineFlow('flow', { kind: 'chain' });
    const { names } = await ask(double, 'flow', { question: 'Hi', uploads: [upload] });
    expect(names).toEqual(['error', 'end']);
  });

  it.each([
    { type: 'file', name: 'a.jpeg', data: 'data:image/jpeg;base64,AA==' },
    { type: 'url', name: 'a', data: 'https://example.org/a.png' },
  ])('an upload that fits is fine: $type', async (upload) => {
    double.defineFlow('flow', { kind: 'chain' });
    expect((await ask(double, 'flow', { question: 'Hi', uploads: [upload] })).names).not.toContain('error');
  });

  it('history that Flowise does not know fails an agent flow', async () => {
    double.defineFlow('flow', { kind: 'agentflow2' });
    const history = [{ role: 'user', content: 'Hi' }];
    const { names, events } = await ask(double, 'flow', { question: 'Hi', history });
    expect(names).toEqual(['error', 'end']);
    expect(events[0]?.data).toContain('Invalid history format');
  });
});
