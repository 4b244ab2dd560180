import type { Fork } from './session-branches.js';

export interface ChatSession {
  readonly id: string;
  readonly userId: string;
  readonly chatflowId: string;
  readonly topic: string;
  /** Positions that were given to messages so far. */
  readonly messageCount: number;
  /** How many of them are not on the branch that was asked last. */
  readonly supersededCount: number;
  /** Where it goes on elsewhere than at its end, by `at`; absent in lists of sessions, and when it does so nowhere. */
  readonly forks?: readonly Fork[];
  /** The turn that ended last in it. */
  readonly lastTurnId?: string;
  /** The end of the branch that was asked last. */
  readonly lastMessageId?: string;
  /** The chatflow that it was asked; absent: the session's. */
  readonly lastChatflowId?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
