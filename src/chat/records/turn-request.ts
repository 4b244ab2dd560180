import type { Principal } from '../../contract/principal.js';
import type { BroughtInput } from '../client-input/client-input.service.js';
import type { Regeneration } from './turn.js';

/** What a human has decided. */
export interface HumanDecision {
  readonly type: 'proceed' | 'reject';
  readonly feedback?: string;
  /** The part of the flow that is answered, for clients that say it. */
  readonly nodeId?: string;
}

/** What any dialect asks for when it starts a turn. */
export interface TurnRequest extends BroughtInput {
  readonly principal: Principal;
  readonly chatflowId: string;
  readonly question: string;
  /** Absent: a new session. */
  readonly sessionId?: string;
  readonly idempotencyKey?: string;
  /** A human's answer to the question with which the session's last turn has ended. */
  readonly humanInput?: HumanDecision;
  /** Makes an earlier answer of the session anew, beside which the new one is kept. */
  readonly regenerates?: Regeneration;
  /** The answer that the question follows, `null` for none; absent: the end of the branch that was asked last. Not along with `regenerates`. */
  readonly follows?: string | null;
  /** The message that the answer goes on with, by its client's id: for clients to which a round of their tools is a part of one message. */
  readonly continues?: string;
  /** How often the client has repeated this request by itself, for clients that say so. */
  readonly repetition?: number;
}
