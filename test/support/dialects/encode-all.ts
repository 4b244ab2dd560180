import type { ChatEvent } from '../../../src/contract/chat-event.js';
import { weightOf } from '../../../src/chat/events/position.js';
import type { TurnEncoder } from '../../../src/chat/turn/log/subscription.js';

/** What one reader gets of a log of these events. @param after where the reader begins */
export function encodeAll(encoder: TurnEncoder, events: readonly ChatEvent[], after = 0): string {
  let position = 0;
  let frames = '';
  for (const event of events) {
    position += weightOf(event);
    if (position > after) frames += encoder.encode(event, position);
  }
  return frames;
}

/** The first event of a log; the other ids are `t1`, `s1` and `c1`. */
export const TURN_START: ChatEvent = {
  type: 'turn-start',
  turnId: 't1',
  sessionId: 's1',
  chatflowId: 'c1',
  messageId: 'm1',
  startedAt: 1_000_000,
};

/** Text with everything that could break a line of a stream, and how JSON writes it. */
export const NASTY_TEXT = 'a\r\n"b"\u2028\\';
export const NASTY_JSON = '"a\\r\\n\\"b\\"\\u2028\\\\"';

export const COMPLETED: ChatEvent = { type: 'turn-end', outcome: 'completed', messageId: 'm1', charged: 1 };
export const FAILURE: readonly ChatEvent[] = [
  { type: 'error', code: 'upstream_failed', message: 'It failed.' },
  { type: 'turn-end', outcome: 'failed', charged: 0 },
];
