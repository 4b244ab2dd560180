import type { TurnRecord } from '../records/turn.js';
import type { RateState } from './admit/turn-limits.service.js';
import type { TurnStream } from './log/turn-stream.js';

/** A turn as a dialect sees it: who it is, and the stream to read. */
export interface TurnHandle {
  readonly turn: TurnRecord;
  readonly stream: TurnStream;
  /** Whether it had been started before. */
  readonly attached: boolean;
  /** What of the request was left out because it does no harm, by the client's names for it. */
  readonly ignored: readonly string[];
  /** Absent when it had been started before. */
  readonly rate?: RateState;
}
