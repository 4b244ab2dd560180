import { readFlowiseFixture } from '../flowise-fixtures.js';
import { ask, call } from './ask.js';
import { startFlowiseDouble, type FlowiseDouble } from './flowise-double.js';

const session = { overrideConfig: { sessionId: 's' } };
const PROCEED = { question: 'Proceed', humanInput: { type: 'proceed', startNodeId: 'agentAgentflow_0' } };

describe('a flow of the double of Flowise that waits for a human', () => {
  let double: FlowiseDouble;

  beforeEach(async () => {
    double = await startFlowiseDouble();
    double.defineFlow('flow', { kind: 'humanInput' });
  });
  afterEach(() => double.close());

  const pause = () => ask(double, 'flow', { question: 'Compute', chatId: 'a', ...session });

  it('asks as recorded, before its tools have run', async () => {
    const { names, events } = await pause();
    const recorded = readFlowiseFixture('11h')
      .body.toString('utf8')
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => (JSON.parse(line.slice('data:'.length)) as { event: string }).event);
    const order = (all: readonly string[]) => all.filter((name, index) => name !== all[index - 1]);
    expect(order(names)).toEqual(order(recorded));
    const action = events.find(({ event }) => event === 'action')?.data;
    expect(action).toMatchObject({ mapping: { approve: 'Proceed', reject: 'Reject' } });
    expect(events.at(-2)?.data.action).toEqual(action);
    expect(double.runs[0]).toMatchObject({ state: 'ended', tools: [] });
    expect(double.memoryOf('flow', 's')[1]?.content).toContain('Attempting to use tool');
  });

  it('goes on in the same chat: the tools run, and the decision is remembered', async () => {
    await pause();
    const { text, names } = await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session });
    expect(text).toBe('You said: Proceed');
    expect(names).not.toContain('action');
    expect(double.runs[1]?.tools).toHaveLength(1);
    expect(
      double
        .memoryOf('flow', 's')
        .map(({ content }) => content)
        .slice(2),
    ).toEqual(['Proceed', 'You said: Proceed']);
    const rows = (await (await call(double, 'GET', 'chatmessage/flow?sessionId=s')).json()) as object[];
    expect(rows.filter((row) => 'action' in row)).toEqual([]);
  });

  it('remembers the feedback where no question is sent, and runs no tool when it was rejected', async () => {
    await pause();
    const humanInput = { type: 'reject', feedback: 'too dear' };
    const { text } = await ask(double, 'flow', { humanInput, chatId: 'a', ...session });
    expect(text).toBe('I did not do it.');
    expect(double.runs[1]?.tools).toEqual([]);
    expect(double.memoryOf('flow', 's')[2]?.content).toBe('too dear');
  });

  it.each([
    ['another chat', { ...PROCEED, chatId: 'b', ...session }],
    ['another session', { ...PROCEED, chatId: 'a', overrideConfig: { sessionId: 'other' } }],
    [
      'another node',
      { question: 'Proceed', humanInput: { type: 'proceed', startNodeId: 'x' }, chatId: 'a', ...session },
    ],
  ])('is not found from %s', async (_where, body) => {
    await pause();
    expect((await ask(double, 'flow', body)).names).toEqual(['error', 'end']);
    expect(double.runs[1]).toMatchObject({ state: 'failed', tools: [] });
  });

  it('is resumed once', async () => {
    await pause();
    await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session });
    const again = await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session });
    expect(again.events[0]?.data).toContain(`because it is in 'FINISHED' state`);
  });

  it('can be resumed again when the resumed run broke', async () => {
    double.defineFlow('flow', {
      kind: 'humanInput',
      failure: ({ turn }) => (turn === 2 ? { kind: 'error', message: 'broken' } : undefined),
    });
    await pause();
    expect((await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session })).names).toContain('error');
    expect((await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session })).names).not.toContain('error');
  });

  it('is gone with its session', async () => {
    await pause();
    await call(double, 'DELETE', 'chatmessage/flow?sessionId=s');
    const { events } = await ask(double, 'flow', { ...PROCEED, chatId: 'a', ...session });
    expect(events[0]?.data).toContain('No previous execution found for session s');
  });
});
