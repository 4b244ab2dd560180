/** @jest-environment node */
import type { ChatEvent } from '../../../contract/chat-event.js';
import { PredictEncoder } from './predict.encoder.js';

const TURN = { turnId: 't1', sessionId: 's1', chatflowId: 'c1' };

const GOLDEN: readonly (readonly [string, ChatEvent, string])[] = [
  [
    'turn-start',
    { type: 'turn-start', ...TURN, messageId: 'm1', startedAt: 0 },
    'id: 9\ndata: {"event":"session_id","data":"s1","chatflow_id":"c1","timestamp":"1970-01-01T00:00:00.000Z","status":"streaming_started","turn_id":"t1"}\n\n',
  ],
  [
    'text with everything that could break a line',
    { type: 'text-delta', text: 'a\r\n"b"\u2028\\' },
    'id: 9\ndata: {"event":"token","data":"a\\r\\n\\"b\\"\\u2028\\\\"}\n\n',
  ],
  ['reasoning', { type: 'reasoning-delta', text: 'hm' }, 'id: 9\ndata: {"event":"thinking","data":"hm"}\n\n'],
  [
    'a tool call of our own',
    { type: 'tool-call', toolCallId: '1', toolName: 'add', input: { x: 1 } },
    'id: 9\ndata: {"event":"calledTools","data":[{"tool":"add","toolInput":{"x":1},"toolCallId":"1"}]}\n\n',
  ],
  [
    'a tool result of our own',
    { type: 'tool-result', toolCallId: '1', toolName: 'add', input: { x: 1 }, output: 2 },
    'id: 9\ndata: {"event":"usedTools","data":[{"tool":"add","toolInput":{"x":1},"toolOutput":2}]}\n\n',
  ],
  [
    'the upstream’s own frame',
    { type: 'sources', sources: [], native: { event: 'sourceDocuments', data: [{ pageContent: 'p' }] } },
    'id: 9\ndata: {"event":"sourceDocuments","data":[{"pageContent":"p"}]}\n\n',
  ],
  ['a frame that was shown already', { type: 'sources', sources: [], native: null }, ''],
  [
    'an unknown event',
    { type: 'upstream-event', native: { event: 'nextAgent', data: 'x' } },
    'id: 9\ndata: {"event":"nextAgent","data":"x"}\n\n',
  ],
  ['metadata of the upstream', { type: 'metadata', upstreamChatId: 'x' }, ''],
  [
    'an error',
    { type: 'error', code: 'upstream_failed', message: 'It failed.' },
    'id: 9\ndata: {"event":"error","data":"It failed.","code":"upstream_failed","turnId":"t1"}\n\n',
  ],
  [
    'success',
    { type: 'turn-end', outcome: 'completed', messageId: 'm1', charged: 1 },
    'id: 8\ndata: {"event":"metadata","data":{"sessionId":"s1","turnId":"t1","chatflowId":"c1","messageId":"m1","charged":1,"repairedEvents":0,"droppedEvents":0}}\n\nid: 9\ndata: {"event":"end","data":"[DONE]"}\n\n',
  ],
  [
    'no success: end without metadata',
    { type: 'turn-end', outcome: 'stopped', messageId: 'm1', charged: 1 },
    'id: 9\ndata: {"event":"end","data":"[DONE]"}\n\n',
  ],
];

describe('PredictEncoder', () => {
  it.each(GOLDEN)('%s', (_name, event, bytes) => {
    expect(new PredictEncoder(TURN).encode(event, 9)).toBe(bytes);
  });

  it('does not repeat the metadata to a reader that resumes between it and the end', () => {
    const end: ChatEvent = { type: 'turn-end', outcome: 'completed', messageId: 'm1', charged: 1 };
    expect(new PredictEncoder(TURN, 8).encode(end, 9)).toBe(
      'id: 9\ndata: {"event":"end","data":"[DONE]"}\n\n',
    );
  });

  it('never writes a carriage return or an empty line inside a frame', () => {
    for (const [, event] of GOLDEN) {
      const frames = new PredictEncoder(TURN).encode(event, 9);
      expect(frames).not.toContain('\r');
      expect(frames.replace(/\n\n$/, '').replaceAll('\n\nid: ', '')).not.toContain('\n\n');
    }
  });
});
