import type { Principal } from '../../auth/principal.js';
import type { HistoryEntry, Upload } from '../../upstream/chat-provider.port.js';
import type { RateState } from './turn-limits.service.js';
import type { TurnStream } from './turn-stream.js';
import type { Regeneration, TurnRecord } from './turn.js';

/** What any dialect asks for when it starts a turn. */
export interface StartTurn {
  readonly principal: Principal;
  readonly chatflowId: string;
  readonly question: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly history?: readonly HistoryEntry[];
  readonly overrideConfig?: Readonly<Record<string, unknown>>;
  readonly uploads?: readonly Upload[];
  readonly idempotencyKey?: string;
  /** Makes an earlier answer of the session anew, which the new one takes the place of. */
  readonly regenerates?: Regeneration;
  /** How often the client has repeated this request by itself, for clients that say so. */
  readonly repetition?: number;
}

/** A turn as a dialect sees it: who it is, and the stream to read. */
export interface TurnHandle {
  readonly turn: TurnRecord;
  readonly stream: TurnStream;
  /** Whether it had been started before. */
  readonly attached: boolean;
  /** Absent when it had been started before. */
  readonly rate?: RateState;
}
