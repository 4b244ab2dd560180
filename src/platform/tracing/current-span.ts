import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from '../logging/structured-log.port.js';
import type { Span } from './tracing.port.js';

/** The span within which something runs. As long as nobody runs anything in it, it costs nothing. */
export const currentSpan = new AsyncLocalStorage<Span | undefined>();

const NOWHERE = {};

/** Of the whole process: applications share the storage. */
let recordedSpans = 0;

/** A span that is recorded has begun, in which something may run. */
export function recordedBegan(): void {
  recordedSpans += 1;
}

/**
 * And ended. While there is none, the storage is switched off: before Node 24 it makes every asynchronous step of the process cost more, whoever takes it. What
 * still goes on in the last one's name runs outside of any.
 */
export function recordedEnded(): void {
  recordedSpans -= 1;
  if (recordedSpans === 0) currentSpan.disable();
}

/** For the log: in which trace and span a line is written. @param fields of the line, which may say so themselves */
export function placeInTrace(fields: object): LogFields {
  return 'trace_id' in fields ? NOWHERE : (currentSpan.getStore()?.ids ?? NOWHERE);
}

/** Runs what will go on by itself: it does not belong to whoever happened to begin it. */
export function detached<T>(work: () => T): T {
  return currentSpan.getStore() === undefined ? work() : currentSpan.run(undefined, work);
}
