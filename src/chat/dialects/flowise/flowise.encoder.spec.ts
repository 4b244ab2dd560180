import type { ChatEvent } from '../../../contract/chat-event.js';
import { encodeFlowiseAnswer } from './flowise-answer.encoder.js';
import { FlowiseEncoder } from './flowise.encoder.js';

const TURN = { id: 't1', sessionId: 's1', question: 'Hi?' };

const GOLDEN: readonly (readonly [string, ChatEvent, string])[] = [
  [
    'turn-start',
    { type: 'turn-start', turnId: 't1', sessionId: 's1', chatflowId: 'c1', messageId: 'm1', startedAt: 0 },
    'message:\ndata:{"event":"start","data":""}\n\n',
  ],
  [
    'text with everything that could break a line',
    { type: 'text-delta', text: 'a\r\n"b"\u2028\\' },
    'message:\ndata:{"event":"token","data":"a\\r\\n\\"b\\"\\u2028\\\\"}\n\n',
  ],
  [
    'reasoning',
    { type: 'reasoning-delta', text: 'hm' },
    'message:\ndata:{"event":"thinking","data":"hm"}\n\n',
  ],
  [
    'the upstream’s own frame',
    { type: 'sources', sources: [], native: { event: 'sourceDocuments', data: [{ pageContent: 'p' }] } },
    'message:\ndata:{"event":"sourceDocuments","data":[{"pageContent":"p"}]}\n\n',
  ],
  ['a frame that was shown already', { type: 'sources', sources: [], native: null }, ''],
  [
    'a tool result of our own',
    { type: 'tool-result', toolCallId: '1', toolName: 'add', input: { x: 1 }, output: 2 },
    'message:\ndata:{"event":"usedTools","data":[{"tool":"add","toolInput":{"x":1},"toolOutput":2}]}\n\n',
  ],
  [
    'usage',
    { type: 'usage', inputTokens: 1, outputTokens: 2 },
    'message:\ndata:{"event":"usageMetadata","data":{"input_tokens":1,"output_tokens":2}}\n\n',
  ],
  [
    'an error, as a text',
    { type: 'error', code: 'upstream_failed', message: 'It failed.' },
    'message:\ndata:{"event":"error","data":"It failed."}\n\n',
  ],
  [
    'success: metadata and end',
    { type: 'turn-end', outcome: 'completed', finishReason: 'stop' as const, messageId: 'm1', charged: 1 },
    'message:\ndata:{"event":"metadata","data":{"chatId":"s1","chatMessageId":"m1","question":"Hi?","sessionId":"s1","finishReason":"stop"}}\n\nmessage:\ndata:{"event":"end","data":"[DONE]"}\n\n',
  ],
  [
    'no success: end without metadata',
    { type: 'turn-end', outcome: 'failed', charged: 0 },
    'message:\ndata:{"event":"end","data":"[DONE]"}\n\n',
  ],
];

describe('FlowiseEncoder', () => {
  it.each(GOLDEN)('%s', (_name, event, bytes) => {
    expect(new FlowiseEncoder(TURN).encode(event)).toBe(bytes);
  });
});

describe('encodeFlowiseAnswer', () => {
  it('answers with Flowise’s names', () => {
    const tool = { type: 'tool-result', toolCallId: '1', toolName: 'add', input: {}, output: 2 } as const;
    const finished = { text: 'Hello', reasoning: '', sources: [{ text: 'p' }], toolResults: [tool] };
    expect(
      encodeFlowiseAnswer(TURN, { ...finished, finishReason: 'stop' as const, messageId: 'm1', charged: 1 }),
    ).toEqual({
      text: 'Hello',
      question: 'Hi?',
      chatId: 's1',
      chatMessageId: 'm1',
      sessionId: 's1',
      sourceDocuments: [{ pageContent: 'p', metadata: {} }],
      usedTools: [{ tool: 'add', toolInput: {}, toolOutput: 2 }],
    });
  });
});
