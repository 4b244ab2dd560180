import type { ProviderEvent } from '../../contract/chat-event.js';
import type { PositionedEvent } from '../events/position.js';

/** Text of the answer as the stored event list names it: the next `length` characters of the message's content. */
export interface StoredText {
  readonly type: 'text';
  readonly length: number;
}

/** What a message's event list holds: every provider event in order, with the text left out in favour of its length. */
export type StoredEvent = StoredText | Exclude<ProviderEvent, { type: 'text-delta' }>;

/** An answer as it is stored: the plain text, and the merged events that tell where everything else stood in it. */
export interface StoredAnswer {
  readonly text: string;
  readonly events: readonly StoredEvent[];
}

/** Splits a merged log into plain text and event list. The turn's own events (start, error, end) are not stored. */
export function toStoredAnswer(log: readonly PositionedEvent[]): StoredAnswer {
  const texts: string[] = [];
  const events: StoredEvent[] = [];
  for (const { event } of log) {
    switch (event.type) {
      case 'text-delta':
        texts.push(event.text);
        events.push({ type: 'text', length: event.text.length });
        break;
      case 'turn-start':
      case 'error':
      case 'turn-end':
        break;
      default:
        events.push(event);
    }
  }
  return { text: texts.join(''), events };
}

/** The inverse of `toStoredAnswer`: the events that the live log had, in its positions. */
export function fromStoredAnswer(answer: StoredAnswer): readonly ProviderEvent[] {
  let offset = 0;
  return answer.events.map((event) => {
    if (event.type !== 'text') return event;
    const text = answer.text.slice(offset, offset + event.length);
    offset += event.length;
    return { type: 'text-delta', text };
  });
}

/** The answer that a message holds; one of only text has no list. */
export function storedAnswerOf({
  content,
  events = [{ type: 'text', length: content.length }],
}: {
  readonly content: string;
  readonly events?: readonly StoredEvent[];
}): StoredAnswer {
  return { text: content, events };
}

/** Joins what was saved piece by piece; adjacent text becomes one event again. */
export function joinAnswers(parts: readonly StoredAnswer[]): StoredAnswer {
  const events: StoredEvent[] = [];
  for (const event of parts.flatMap((part) => part.events)) {
    const last = events.at(-1);
    if (event.type === 'text' && last?.type === 'text') {
      events[events.length - 1] = { type: 'text', length: last.length + event.length };
    } else if (event.type === 'reasoning-delta' && last?.type === 'reasoning-delta') {
      events[events.length - 1] = { type: 'reasoning-delta', text: last.text + event.text };
    } else {
      events.push(event);
    }
  }
  return { text: parts.map((part) => part.text).join(''), events };
}
