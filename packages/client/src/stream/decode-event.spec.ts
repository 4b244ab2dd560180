import { decodeEvent } from './decode-event.js';

const decode = (value: unknown) => decodeEvent(JSON.stringify(value));

describe('decodeEvent', () => {
  it.each([
    [
      { event: 'session_id', data: 's', chatflow_id: 'c', turn_id: 't' },
      { type: 'start', sessionId: 's', turnId: 't', chatflowId: 'c' },
    ],
    [
      { event: 'token', data: 'a' },
      { type: 'token', text: 'a' },
    ],
    [
      { event: 'thinking', data: 'a' },
      { type: 'thinking', text: 'a' },
    ],
    [
      { event: 'calledTools', data: [{ tool: 'add', toolInput: { x: 1 }, toolCallId: '1' }] },
      { type: 'tool-calls', calls: [{ name: 'add', input: { x: 1 }, id: '1' }] },
    ],
    [
      { event: 'usedTools', data: [{ tool: 'add', toolInput: { x: 1 }, toolOutput: 2, error: true }] },
      { type: 'tool-results', calls: [{ name: 'add', input: { x: 1 }, output: 2, isError: true }] },
    ],
    [
      { event: 'usedTools', data: null },
      { type: 'tool-results', calls: [] },
    ],
    [
      { event: 'sourceDocuments', data: [{ pageContent: 'p', metadata: { source: 'milk.txt' } }, null] },
      {
        type: 'sources',
        sources: [
          { text: 'p', title: 'milk.txt', metadata: { source: 'milk.txt' } },
          { text: '', metadata: {} },
        ],
      },
    ],
    [
      { event: 'metadata', data: { messageId: 'm', charged: 2 } },
      { type: 'completed', messageId: 'm', charged: 2 },
    ],
    [
      { event: 'error', data: 'No.', code: 'upstream_failed' },
      { type: 'failed', code: 'upstream_failed', message: 'No.' },
    ],
    [{ event: 'end', data: '[DONE]' }, { type: 'end' }],
    [
      { event: 'nextAgent', data: 'x' },
      { type: 'other', name: 'nextAgent', data: 'x' },
    ],
  ])('reads %j', (frame, event) => {
    expect(decode(frame)).toEqual(event);
  });

  it.each(['', '{', '[]', 'null', '{"event":1}', '{"event":"token"}', '{"event":"metadata"}'])(
    'refuses %j',
    (data) => {
      expect(() => decodeEvent(data)).toThrow(SyntaxError);
    },
  );
});
