import type { ChatEvent } from '../../contract/chat-event.js';

/** An event with the position that the log has reached behind it: the event's id on every wire. */
export interface PositionedEvent {
  readonly event: ChatEvent;
  readonly end: number;
}

/**
 * Positions in a turn's log. Text advances the position by its length in UTF-16 code units, every other event by a
 * fixed weight. So an event id names a point in the answer however the text between was merged or split: a reader
 * can resume inside a merged text, and the stored answer has the very positions that the live log had.
 */

/** The predict dialect writes two frames for the end (`metadata` and `end`), and each needs an id of its own. */
const TURN_END_WEIGHT = 2;

/** How far `event` moves the position; at least 1 except for empty text, which the log refuses. */
export function weightOf(event: ChatEvent): number {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      return event.text.length;
    case 'turn-end':
      return TURN_END_WEIGHT;
    default:
      return 1;
  }
}
