import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from '../logging/structured-log.port.js';
import type { Span } from './tracing.port.js';

/** The span within which something runs. As long as nobody runs anything in it, it costs nothing. */
export const currentSpan = new AsyncLocalStorage<Span | undefined>();

const NOWHERE = {};

/** For the log: in which trace and span a line is written. @param fields of the line, which may say so themselves */
export function placeInTrace(fields: object): LogFields {
  return 'trace_id' in fields ? NOWHERE : (currentSpan.getStore()?.ids ?? NOWHERE);
}

/** Runs what will go on by itself: it does not belong to whoever happened to begin it. */
export function detached<T>(work: () => T): T {
  return currentSpan.getStore() === undefined ? work() : currentSpan.run(undefined, work);
}
