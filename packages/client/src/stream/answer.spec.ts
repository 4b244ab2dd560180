import { Answer, withResult } from './answer.js';

const call = { name: 'add', input: { x: 1 } };

describe('Answer', () => {
  it('puts an answer together', () => {
    const answer = new Answer();
    answer.take({ type: 'start', sessionId: 's', turnId: 't', chatflowId: 'c' });
    answer.take({ type: 'tool-calls', calls: [call] });
    answer.take({ type: 'tool-results', calls: [{ ...call, output: 2 }] });
    answer.take({ type: 'token', text: 'a' });
    answer.take({ type: 'token', text: 'b' });
    answer.take({ type: 'completed', messageId: 'm', charged: 1 });
    expect(answer).toMatchObject({
      sessionId: 's',
      turnId: 't',
      text: 'ab',
      toolCalls: [{ ...call, output: 2 }],
      messageId: 'm',
      charged: 1,
    });
  });
});

describe('withResult', () => {
  it('fills the call that waits for it, once', () => {
    const once = withResult([call, call], { ...call, output: 1 });
    expect(withResult(once, { ...call, output: 2 })).toEqual([
      { ...call, output: 1 },
      { ...call, output: 2 },
    ]);
  });

  it('pairs by id where there are ids', () => {
    const calls = [
      { ...call, id: '1' },
      { ...call, id: '2' },
    ];
    expect(withResult(calls, { ...call, id: '2', output: 9 })[1]).toEqual({ ...call, id: '2', output: 9 });
  });

  it('keeps a result that nothing announced', () => {
    expect(withResult([], { ...call, output: 1 })).toEqual([{ ...call, output: 1 }]);
  });
});
