import type { ChatSession } from './chat-session.js';
import type { SessionBranches } from './session-branches.js';

/** Where a turn's two messages go. It cannot change while the turn runs, because nothing else happens in its session then. */
export interface SessionPlace {
  /** Position of the turn's first message. */
  readonly position: number;
  /** Position of the message that the turn's question follows; -1 at the beginning. */
  readonly after: number;
  /** That message; `null` at the beginning. */
  readonly parentId: string | null;
  /** Absent: the turn makes the session. */
  readonly session?: ChatSession;
  /** Absent: the session has no messages. */
  readonly branches?: SessionBranches;
  /** Why the turn may not be asked where it wants to be; the place is then the end of the session. */
  readonly refused?: 'parent-not-found' | 'too-many-forks';
}

/** In a session that nobody has ever seen. */
export const FIRST_PLACE: SessionPlace = { position: 0, after: -1, parentId: null };

/** Whether the turn goes on elsewhere than behind the last one: what has heard the session so far has heard another branch of it. */
export function isFork({ position, after }: SessionPlace): boolean {
  return after !== position - 1;
}
