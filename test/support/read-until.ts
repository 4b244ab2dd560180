import type { EventStream, StreamEvent } from './event-stream.js';

/** Reads a stream of the predict dialect until this much has been said. @returns what comes behind it */
export async function readUntilText(stream: EventStream, text: string): Promise<AsyncIterator<StreamEvent>> {
  const events = stream[Symbol.asyncIterator]();
  let said = '';
  for (let next = await events.next(); !next.done; next = await events.next()) {
    if (next.value.json?.event === 'token') said += String(next.value.json.data);
    if (said === text) return events;
  }
  throw new Error(`The stream has said “${said}” and ended before “${text}”`);
}

/** Everything with data that comes until the stream ends. */
export async function readRest(events: AsyncIterator<StreamEvent>): Promise<readonly StreamEvent[]> {
  const seen: StreamEvent[] = [];
  for (let next = await events.next(); !next.done; next = await events.next())
    if (next.value.data !== undefined) seen.push(next.value);
  return seen;
}
