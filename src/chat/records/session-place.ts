import type { ChatSession } from './chat-session.js';

/** Messages that a turn's pair takes the place of: they are kept, not shown, and not told to a model. */
export interface SupersededMessages {
  /** Position of the first. */
  readonly from: number;
  readonly count: number;
}

/** Where a turn's two messages go. It cannot change while the turn runs, because nothing else happens in its session then. */
export interface SessionPlace {
  /** Position of the turn's first message. */
  readonly position: number;
  /** The message that the turn's question follows; `null` at the beginning. */
  readonly parentId: string | null;
  readonly supersedes?: SupersededMessages;
  /** Absent: the turn makes the session. */
  readonly session?: ChatSession;
}

/** In a session that nobody has ever seen. */
export const FIRST_PLACE: SessionPlace = { position: 0, parentId: null };

/** Position behind the last message that the turn's question follows. */
export function toldUpTo({ position, supersedes }: SessionPlace): number {
  return supersedes?.from ?? position;
}
