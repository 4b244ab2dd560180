import type { WireEvent } from './stream-event.js';

/**
 * Where a reader stands in a turn. Ids are positions: text counts its UTF-16 code units and every other event 1, so that a text which was
 * merged or split on its second way can be cut where the first way ended.
 */
export class StreamPosition {
  /** Text and events that came a second time and were left out. */
  duplicates = 0;

  constructor(private reached = 0) {}

  /** For `Last-Event-ID`. */
  get last(): number {
    return this.reached;
  }

  /**
   * Moves to an event's end.
   * @param id the frame's id; one that is no number is believed to be new
   * @returns the part of the event that is new, or undefined
   */
  take<Event extends WireEvent>(event: Event, id: string): Event | undefined {
    const end = /^\d{1,15}$/.test(id) ? Number(id) : undefined;
    if (end === undefined) return event;
    if (end <= this.reached) {
      this.duplicates += 1;
      return undefined;
    }
    const known = this.reached;
    this.reached = end;
    if (event.type !== 'token' && event.type !== 'thinking') return event;
    const start = end - event.text.length;
    if (start >= known) return event;
    this.duplicates += 1;
    return { ...event, text: event.text.slice(known - start) };
  }
}
