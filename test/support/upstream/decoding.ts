import type { ProviderEvent } from '../../../src/contract/chat-event.js';
import { AppError } from '../../../src/platform/errors/app-error.js';
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

/** The positions at which a body, cut in two, means something else than in one piece. */
export function wrongSplits(make: MakeDecoder, body: Buffer): number[] {
  const whole = JSON.stringify(decode(make, [body]));
  const wrong: number[] = [];
  for (let at = 0; at <= body.length; at += 1) {
    const halves = [body.subarray(0, at), body.subarray(at)];
    if (JSON.stringify(decode(make, halves)) !== whole) wrong.push(at);
  }
  return wrong;
}

/** A body byte by byte. */
export const bytesOf = (body: Buffer): Buffer[] => [...body].map((byte) => Buffer.from([byte]));
