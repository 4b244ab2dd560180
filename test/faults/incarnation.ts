import type { Attempt, LoadUser } from './attempt.js';

export interface Message {
  readonly id: string;
  readonly turnId: string;
  readonly role: string;
  readonly content: string;
  readonly status: string;
  /** The message that it follows. */
  readonly parentId?: string;
}

export interface Turn {
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly charge: { readonly held: number; readonly captured: number };
  /** Of a turn that failed. */
  readonly error?: { readonly code: string };
}

/** What the server says of a session while nothing runs in it. */
export interface SessionView {
  /** Those of all branches, in the order in which they were asked. */
  readonly messages: readonly Message[];
  /** Of the turns that their clients did not see complete. */
  readonly turns: ReadonlyMap<string, Turn>;
}

/** One life of a session, from its first question to its deletion; another one may follow under the same name. */
export class Incarnation {
  /** In the order in which they were asked. */
  readonly attempts: Attempt[] = [];
  /** How it was last seen before its deletion was asked for. */
  lastView: SessionView | undefined;
  isDeleted = false;

  /** @param id absent until the server has given it one */
  constructor(
    readonly user: LoadUser,
    readonly chatflowId: string,
    public id?: string,
  ) {}

  /** @returns the place of a turn among the questions; undefined when nobody here can have asked it */
  orderOf(turnId: string, question?: string): number | undefined {
    const known = this.attempts.findIndex((attempt) => attempt.turnId === turnId);
    if (known >= 0) return known;
    // One whose client was never told its turn's id.
    const guessed = this.attempts.findLastIndex(
      (attempt) => attempt.turnId === undefined && attempt.question === question,
    );
    return guessed >= 0 ? guessed : undefined;
  }
}
