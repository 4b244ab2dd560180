import type { ProviderEvent } from '../../../src/contract/chat-event.js';
import { AppError } from '../../../src/platform/errors/app.error.js';
import type { ProviderReport } from '../../../src/upstream/chat-provider.port.js';
import type { StreamDecoder } from '../../../src/upstream/http/stream-decoder.port.js';
import { mergeText } from './flowise-fixtures.js';

export type MakeDecoder = (report: ProviderReport) => StreamDecoder;

/** What came of a body that was read in these chunks. */
export interface Decoded {
  readonly outcome: 'done' | 'failed';
  readonly events: readonly ProviderEvent[];
  readonly report: ProviderReport;
}

const LF = 0x0a;

export const newReport = (): ProviderReport => ({ repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 });

/** Reads a body as a socket would bring it, taking the events after each chunk. */
export function decode(make: MakeDecoder, chunks: readonly Buffer[]): Decoded {
  const report = newReport();
  const decoder = make(report);
  const events: ProviderEvent[] = [];
  for (const chunk of chunks) {
    if (decoder.outcome === undefined) decoder.push(chunk);
    events.push(...decoder.take());
  }
  if (decoder.outcome === undefined) decoder.end();
  events.push(...decoder.take());
  const outcome = decoder.outcome instanceof AppError ? 'failed' : 'done';
  return { outcome, events: mergeText(events), report };
}

/** Bodies up to this size are also cut in two at every position, which costs the square of their size. */
const SMALL_BYTES = 2100;
/** Primes, so that cuts fall anywhere in events of equal length: one shorter than an event of a token, one longer than several. */
const DISTANCES = [31, 509];

/**
 * Positions at which a body that is cut there means something else than in one piece; empty when there are none.
 *
 * A small body is cut in two at every position. A large one is cut every 31 bytes and every 509 bytes, from every first position: so it
 * is cut at each of its positions too, with a part of an event, with several whole events and with the very first bytes before the cut,
 * at a cost that grows with its size and not with the square. What that leaves out, a cut behind kilobytes that came at once, small
 * bodies of the same events have (and every body as a whole).
 */
export function wrongSplits(make: MakeDecoder, body: Buffer): number[] {
  const whole = JSON.stringify(decode(make, [body]));
  const isWrong = (chunks: readonly Buffer[]): boolean => JSON.stringify(decode(make, chunks)) !== whole;
  if (body.length <= SMALL_BYTES) {
    return [...Array(body.length + 1).keys()].filter((at) =>
      isWrong([body.subarray(0, at), body.subarray(at)]),
    );
  }
  return DISTANCES.flatMap((distance) =>
    [...Array(distance).keys()].filter((first) => isWrong(cutEvery(body, distance, first))),
  );
}

function cutEvery(body: Buffer, distance: number, first: number): Buffer[] {
  const chunks = [body.subarray(0, first)];
  for (let at = first; at < body.length; at += distance) chunks.push(body.subarray(at, at + distance));
  return chunks;
}

/**
 * Positions before `until` at which a body that ends there is not a failure; empty when there are none.
 *
 * Of a small body every beginning is decoded. Of a large one each beginning without what stands before the last two events it has (the
 * one that is cut, and the one before it): whether a cut body has failed depends on that event and on whether an earlier one has ended
 * the answer, which the beginnings up to each event show, whole.
 */
export function endsThatPass(make: MakeDecoder, body: Buffer, until: number): number[] {
  const passes = (from: number, to: number): boolean =>
    decode(make, [body.subarray(from, to)]).outcome !== 'failed';
  const found: number[] = [];
  let [before, start] = [0, 0];
  for (let at = 0; at < until; at += 1) {
    const startsEvent = body[at - 1] === LF && body[at - 2] === LF;
    if (startsEvent && body.length > SMALL_BYTES) [before, start] = [start, at];
    if (passes(before, at) || (startsEvent && passes(0, at))) found.push(at);
  }
  return found;
}

/** A body byte by byte. */
export const bytesOf = (body: Buffer): Buffer[] => [...body].map((byte) => Buffer.from([byte]));
