export interface ChatSession {
  readonly id: string;
  readonly userId: string;
  readonly chatflowId: string;
  readonly topic: string;
  /** Positions that were given to messages so far. */
  readonly messageCount: number;
  /** How many of them are not shown, because another answer took their place. */
  readonly supersededCount: number;
  /** The turn that ended last in it. */
  readonly lastTurnId?: string;
  /** The last message that is shown. */
  readonly lastMessageId?: string;
  /** The chatflow that it was asked; absent: the session's. */
  readonly lastChatflowId?: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
