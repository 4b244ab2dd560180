import type { FlushScheduler } from './flush-scheduler.js';
import type { Heartbeats } from './heartbeats.js';

/** What all streams of an instance share. */
export abstract class StreamContext {
  abstract readonly scheduler: FlushScheduler;
  abstract readonly heartbeats: Heartbeats;
  abstract readonly heartbeatIntervalMs: number;
  /** Epoch milliseconds. */
  abstract readonly now: () => number;
  /** Told when a reader comes (+1) or goes (−1). */
  abstract readonly countReader: (difference: 1 | -1) => void;
  /** Told when a reader's encoder or connection threw; that reader is dropped, nobody else notices. */
  abstract readonly readerFailed: (error: unknown) => void;
}
