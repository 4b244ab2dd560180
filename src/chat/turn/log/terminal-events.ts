import type { ChatEvent } from '../../../contract/chat-event.js';
import type { Settlement, TurnRecord } from '../../records/turn.js';

/** The last events of a turn's log, the same live and read back. */
export function terminalEvents(
  turn: Pick<TurnRecord, 'messageId'>,
  settlement: Pick<Settlement, 'outcome' | 'finishReason' | 'error' | 'usage' | 'stores'> &
    Partial<Pick<Settlement, 'measures'>>,
  charged: number,
): readonly ChatEvent[] {
  const { outcome, finishReason, error, usage, stores, measures } = settlement;
  const end: ChatEvent = {
    type: 'turn-end',
    outcome,
    charged,
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(stores ? { messageId: turn.messageId } : {}),
    ...(usage === undefined ? {} : { usage }),
    ...(measures?.repairedEvents ? { repairedEvents: measures.repairedEvents } : {}),
    ...(measures?.droppedEvents ? { droppedEvents: measures.droppedEvents } : {}),
  };
  return error === undefined ? [end] : [{ type: 'error', ...error }, end];
}
