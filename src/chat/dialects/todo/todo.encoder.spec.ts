import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { TodoEncoder } from './todo.encoder.js';

const SAID: readonly ChatEvent[] = [
  TURN_START,
  { type: 'reasoning-delta', text: 'hm' },
  { type: 'tool-call', toolCallId: '1', toolName: 'add_task', input: { title: 'milk' } },
  { type: 'tool-result', toolCallId: '1', toolName: 'add_task', output: { number: 1 } },
  { type: 'text-delta', text: NASTY_TEXT },
];
const START = 'data: {"type":"start","conversation_id":"s1"}\n\n';
const TEXT = `data: {"type":"text","content":${NASTY_JSON}}\n\n`;
const DONE = 'data: {"type":"done"}\n\ndata: [DONE]\n\n';

describe('TodoEncoder', () => {
  it('writes start, text, done and [DONE]', () => {
    expect(encodeAll(new TodoEncoder(false), [...SAID, COMPLETED])).toBe(START + TEXT + DONE);
  });

  it('shows the tools when it is asked to', () => {
    expect(encodeAll(new TodoEncoder(true), [...SAID, COMPLETED])).toBe(
      START +
        'data: {"type":"thinking","message":"Processing your request..."}\n\n' +
        'data: {"type":"thinking","message":"hm"}\n\n' +
        'data: {"type":"tool_call","name":"add_task","arguments":"{\\"title\\":\\"milk\\"}"}\n\n' +
        'data: {"type":"tool_result","name":"add_task","result":"{\\"number\\":1}"}\n\n' +
        TEXT +
        DONE,
    );
  });

  it('writes error in place of done, and knows that it did', () => {
    const encoder = new TodoEncoder(false);
    expect(encoder.failed).toBe(false);
    expect(encodeAll(encoder, [TURN_START, ...FAILURE])).toBe(
      `${START}data: {"type":"error","message":"It failed."}\n\ndata: [DONE]\n\n`,
    );
    expect(encoder.failed).toBe(true);
  });

  it('keeps heartbeats apart from the frames', () => {
    expect(new TodoEncoder(false).heartbeat).toBe(': hb\n\n');
  });
});
