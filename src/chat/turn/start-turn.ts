import type { Principal } from '../../auth/principal.js';
import type { HistoryEntry, Upload } from '../../upstream/chat-provider.port.js';
import type { RateState } from './turn-limits.service.js';
import type { TurnStream } from './turn-stream.js';
import type { TurnRecord } from './turn.js';

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
}

/** A turn as a dialect sees it: who it is, and the stream to read. */
export interface TurnHandle {
  readonly turn: TurnRecord;
  readonly stream: TurnStream;
  /** Absent when the request was attached to a turn that it had started before. */
  readonly rate?: RateState;
}
