import type { StoredAnswer } from './stored-answer.js';

/** What the records of a turn take besides what was said: two messages, the turn itself, the entries of their indexes. About. */
export const RECORDS_OF_A_TURN_BYTES = 2048;

/**
 * What a turn counts of its user's stored bytes: its question and its answer as UTF-8, its events (sources, tools, thoughts) as JSON, and its records.
 * It is counted once, whether messages hold what was said or the turn's record.
 */
export function storedBytesOf(question: string, { text, events }: StoredAnswer): number {
  const textOnly = events.every((event) => event.type === 'text');
  return (
    RECORDS_OF_A_TURN_BYTES +
    Buffer.byteLength(question) +
    Buffer.byteLength(text) +
    (textOnly ? 0 : Buffer.byteLength(JSON.stringify(events)))
  );
}
