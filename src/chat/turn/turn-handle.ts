import type { TurnRecord } from '../records/turn.js';
import type { RateState } from './admit/turn-limits.service.js';
import type { FrameSink, TurnEncoder } from './log/subscription.js';
import type { TurnStream } from './log/turn-stream.js';

/** A turn as a dialect sees it: who it is, and the stream to read. */
export interface TurnHandle {
  readonly turn: TurnRecord;
  readonly stream: Pick<TurnStream, 'isEnded' | 'log' | 'whole'>;
  /**
   * Lets the caller follow, as `TurnStream.subscribe` does, for as long as they may.
   * @returns ends it; to be called exactly when the client's connection is closed, for whatever reason
   */
  readonly subscribe: (encoder: TurnEncoder, sink: FrameSink, after: number) => () => void;
  /**
   * Counts the caller as watching who takes the whole answer at its end.
   * @param onRevoked called when they may not have it any more
   * @returns stops counting
   */
  readonly watch: (onRevoked: () => void) => () => void;
  /** Whether it had been started before. */
  readonly attached: boolean;
  /** What of the request was left out because it does no harm, by the client's names for it. */
  readonly ignored: readonly string[];
  /** Absent when it had been started before. */
  readonly rate?: RateState;
}
