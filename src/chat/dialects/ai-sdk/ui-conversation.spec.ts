import { readResults } from './ui-conversation.js';

const text = (value: string) => ({ type: 'text', text: value });
const user = (value: string) => ({ id: 'u', role: 'user', parts: [text(value)] });
const tool = (toolCallId: string, members: object = {}) => ({
  type: 'tool-weather',
  toolCallId,
  state: 'output-available',
  input: { city: 'Rome' },
  output: 'sunny',
  ...members,
});
const STEP = { type: 'step-start' };
const assistant = (...parts: object[]) => ({ id: 'a', role: 'assistant', parts });
const call = (id: string, json = '{"city":"Rome"}') => ({ id, name: 'weather', arguments: json });
const read = (...messages: Record<string, unknown>[]) => readResults({ id: 'chat', messages });

describe('readResults', () => {
  it('tells the model each step of the message with what came of its tools, and the last one’s as results', () => {
    const message = assistant(
      STEP,
      text('Let me see.'),
      tool('1'),
      STEP,
      { type: 'reasoning', text: 'hm' },
      tool('server', { providerExecuted: true }),
      tool('2', { output: { degrees: 20 } }),
      tool('3', { state: 'output-error', errorText: 'No network.', input: undefined }),
    );
    expect(read(user('How is it?'), message)).toEqual({
      question: '{"degrees":20}\nNo network.',
      history: [
        { role: 'user', content: 'How is it?' },
        { role: 'assistant', content: 'Let me see.', toolCalls: [call('1')] },
        { role: 'tool', content: 'sunny', toolCallId: '1' },
        { role: 'assistant', content: '', toolCalls: [call('2'), call('3', '{}')] },
      ],
      toolResults: {
        field: 'messages.1.parts',
        results: [
          { toolCallId: '2', content: '{"degrees":20}' },
          { toolCallId: '3', content: 'No network.' },
        ],
      },
      continues: 'a',
    });
  });

  it.each([
    ['a tool that the user did not allow', { state: 'output-denied' }, 'The user did not allow it.'],
    ['and said why', { state: 'output-denied', approval: { reason: 'Too dear.' } }, 'Too dear.'],
    ['a tool that nobody knew before', { type: 'dynamic-tool', toolName: 'weather' }, 'sunny'],
    ['a tool without output', { output: undefined }, 'null'],
  ])('takes %s', (_name, members, content) => {
    const { toolResults, history } = read(user('Hi'), assistant(STEP, tool('1', members))) ?? {};
    expect(toolResults?.results).toEqual([{ toolCallId: '1', content }]);
    expect(history?.at(-1)?.toolCalls).toEqual([call('1')]);
  });

  it.each([
    ['a question', [user('Hi')]],
    ['an answer in words', [user('Hi'), assistant(STEP, text('a'))]],
    ['tools of the server', [user('Hi'), assistant(STEP, tool('1', { providerExecuted: true }))]],
    ['an answer behind its tools', [user('Hi'), assistant(STEP, tool('1'), STEP, text('a'))]],
  ])('has nothing to say to %s', (_name, messages) => {
    expect(read(...messages)).toBeUndefined();
  });

  it('leaves out tools of earlier messages that were never run, and names one of the last that was not', () => {
    const left = assistant(STEP, text('a'), tool('1', { state: 'input-available', output: undefined }));
    const { history } = read(user('Hi'), left, user('Again'), assistant(STEP, tool('2'))) ?? {};
    expect(history?.map(({ content, toolCalls }) => [content, toolCalls?.length])).toEqual([
      ['Hi', undefined],
      ['a', undefined],
      ['Again', undefined],
      ['', 1],
    ]);
    for (const members of [{ state: 'input-available' }, { preliminary: true }]) {
      expect(() => read(user('Hi'), assistant(STEP, tool('1'), tool('2', members)))).toThrow(
        expect.objectContaining({
          details: { errors: [expect.objectContaining({ field: 'messages.1.parts.2.state' })] },
        }),
      );
    }
  });

  it('leaves the conversation to the session when the message comes alone', () => {
    const alone = readResults({ id: 'chat', message: { role: 'assistant', parts: [STEP, tool('1')] } });
    expect(alone).toEqual({
      question: 'sunny',
      toolResults: { field: 'message.parts', results: [{ toolCallId: '1', content: 'sunny' }] },
    });
  });
});
