import { toJson } from '../../../platform/json/to-json.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import type { TurnEncoder } from '../../turn/log/subscription.js';
import { retryAfter } from '../retry-after.js';

/**
 * Frames of a session's message stream: `start`, `token` …, `end`, or `error` in place of `end`. Its clients split on empty lines and test for
 * `data: `, so there is nothing else in the stream.
 */
export class SessionsEncoder implements TurnEncoder {
  readonly heartbeat = ': hb\n\n';

  encode(event: ChatEvent): string {
    switch (event.type) {
      case 'text-delta':
        return `data: {"type":"token","content":${toJson(event.text)}}\n\n`;
      case 'turn-start':
        return frame({ type: 'start', messageId: event.messageId });
      case 'error':
        return frame({ type: 'error', error: event.message, ...retryAfter(event) });
      case 'turn-end':
        return event.outcome === 'completed' ? frame({ type: 'end', messageId: event.messageId }) : '';
      default:
        return '';
    }
  }
}

function frame(value: object): string {
  return `data: ${toJson(value)}\n\n`;
}
