import {
  COMPLETED,
  encodeAll,
  FAILURE,
  NASTY_JSON,
  NASTY_TEXT,
  TURN_START,
} from '../../../../test/support/dialects/encode-all.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { SessionsEncoder } from './sessions.encoder.js';

const START = 'data: {"type":"start","messageId":"m1"}\n\n';

describe('SessionsEncoder', () => {
  it('writes start, tokens and end', () => {
    const said: readonly ChatEvent[] = [
      TURN_START,
      { type: 'tool-call', toolCallId: '1', toolName: 'add', input: {} },
      { type: 'text-delta', text: NASTY_TEXT },
      COMPLETED,
    ];
    expect(encodeAll(new SessionsEncoder(), said)).toBe(
      `${START}data: {"type":"token","content":${NASTY_JSON}}\n\ndata: {"type":"end","messageId":"m1"}\n\n`,
    );
  });

  it('writes error in place of end', () => {
    expect(encodeAll(new SessionsEncoder(), [TURN_START, ...FAILURE])).toBe(
      `${START}data: {"type":"error","error":"It failed."}\n\n`,
    );
  });
});
