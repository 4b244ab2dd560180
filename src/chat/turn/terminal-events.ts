import type { ChatEvent } from '../events/chat-event.js';
import type { Settlement, TurnRecord } from './turn.js';

/** The last events of a turn's log, the same live and read back. */
export function terminalEvents(
  turn: Pick<TurnRecord, 'messageId'>,
  settlement: Pick<Settlement, 'outcome' | 'error' | 'usage' | 'stores'>,
  charged: number,
): readonly ChatEvent[] {
  const { outcome, error, usage, stores } = settlement;
  const end: ChatEvent = {
    type: 'turn-end',
    outcome,
    charged,
    ...(stores ? { messageId: turn.messageId } : {}),
    ...(usage === undefined ? {} : { usage }),
  };
  return error === undefined ? [end] : [{ type: 'error', ...error }, end];
}
