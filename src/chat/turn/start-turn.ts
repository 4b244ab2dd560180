import type { Principal } from '../../auth/principal.js';
import type { BroughtInput } from '../client-input/client-input.service.js';
import type { RateState } from './turn-limits.service.js';
import type { TurnStream } from './turn-stream.js';
import type { Regeneration, TurnRecord } from './turn.js';

/** What a human has decided. */
export interface HumanDecision {
  readonly type: 'proceed' | 'reject';
  readonly feedback?: string;
  /** The part of the flow that is answered, for clients that say it. */
  readonly nodeId?: string;
}

/** What any dialect asks for when it starts a turn. */
export interface StartTurn extends BroughtInput {
  readonly principal: Principal;
  readonly chatflowId: string;
  readonly question: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly idempotencyKey?: string;
  /** A human's answer to the question with which the session's last turn has ended. */
  readonly humanInput?: HumanDecision;
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
  /** What of the request was left out because it does no harm, by the client's names for it. */
  readonly ignored: readonly string[];
  /** Absent when it had been started before. */
  readonly rate?: RateState;
}
