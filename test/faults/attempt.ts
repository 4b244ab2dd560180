import type { Incarnation } from './incarnation.js';

/** A user of the load, with an access token that outlives the run. */
export interface LoadUser {
  readonly userId: string;
  /** As the words of its questions name it. */
  readonly index: number;
  readonly token: string;
}

/**
 * What a client does with its turn.
 * - `read`: reads it to its end, also behind a crash; `read-once`: until the connection breaks
 * - `leave`: closes the connection in the middle and asks elsewhere
 * - `yield`: closes it, as the stop buttons of many clients do, and asks something else in the same session at once
 * - `repeat`: closes it, and asks the same once more at once
 * - `stop`: has it stopped and reads its end; `stop-leave`: has it stopped and asks something else in the same session at once
 */
export const MANNERS = ['read', 'read-once', 'leave', 'yield', 'repeat', 'stop', 'stop-leave'] as const;
export type Manner = (typeof MANNERS)[number];

/** Those that close their connection before the end. */
export const LEAVES: readonly Manner[] = ['leave', 'yield', 'repeat', 'stop-leave'];

/** What `POST /turns/:id/stop` answered. */
export interface StopAnswer {
  readonly status: string;
  readonly charged: number;
  readonly keptCharacters: number;
}

/** What a client asks. */
export interface Asking {
  readonly user: LoadUser;
  readonly chatflowId: string;
  readonly question: string;
  /** The word by which its question and all that comes of it are known. */
  readonly word: string;
  readonly manner: Manner;
  readonly key?: string;
  /** The session it was asked in; absent: a new one. */
  readonly askedIn?: string;
  /** Asked through the AI SDK's endpoint, the id of the answer that is to be made anew. */
  readonly regenerates?: string;
  /** After how many frames the client does what its manner is. */
  readonly actsAfter: number;
  /** How it answers an agent that asks. */
  readonly approves: boolean;
}

/** One turn as its client knows it, over all of its connections. */
export class Attempt {
  sessionId?: string;
  turnId?: string;
  text = '';
  lastId = 0;
  metadata?: { readonly messageId: string; readonly charged: number };
  errorCode?: string;
  /** The id that the AI SDK's stream begins with. */
  announcedMessageId?: string;
  /** Whether `end` was seen. */
  ended = false;
  stopAnswer?: StopAnswer;
  /** What else was told than the present text: other events, and what was read before the answer was read anew. */
  readonly alsoTold: string[] = [];
  /** The life of the session that it belongs to, as soon as that is clear. */
  incarnation?: Incarnation;
  /** Its session was deleted at a moment when nobody can say how it had ended. */
  isFateUnknown = false;
  /** What was wrong with the streams themselves. */
  readonly problems: string[] = [];
  /** Positions that its client was told twice. */
  readonly toldTwice: string[] = [];

  constructor(readonly asking: Asking) {
    if (asking.askedIn !== undefined) this.sessionId = asking.askedIn;
  }

  get user(): LoadUser {
    return this.asking.user;
  }

  get question(): string {
    return this.asking.question;
  }

  /** Whether its client saw it completed. */
  get isComplete(): boolean {
    return this.ended && this.metadata !== undefined;
  }

  /** What a report needs; the incarnation would lead to everything else. */
  toJSON(): object {
    const { incarnation: _, asking, ...known } = this;
    return { ...asking, ...known, user: asking.user.userId };
  }

  /** The answer is read from its beginning once more. */
  readAnew(): void {
    if (this.text !== '') this.alsoTold.push(this.text);
    this.text = '';
    this.lastId = 0;
  }

  /** Learns the turn's ids, which must never change. */
  takeStart(turnId: string, sessionId: string): void {
    if (this.turnId !== undefined && this.turnId !== turnId)
      this.problems.push(`one request made two turns: ${this.turnId} and ${turnId}`);
    if (this.asking.askedIn !== undefined && this.asking.askedIn !== sessionId)
      this.problems.push(`asked in ${this.asking.askedIn}, answered in ${sessionId}`);
    this.turnId = turnId;
    this.sessionId = sessionId;
  }
}
