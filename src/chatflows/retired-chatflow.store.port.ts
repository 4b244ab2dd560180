/** What is left of a chatflow that was deleted: for how long the sessions are kept in which it was asked. */
export interface RetiredChatflow {
  readonly id: string;
  readonly retentionDays: number;
  readonly deletedAt: Date;
  /** When it is forgotten. */
  readonly expiresAt: Date;
}

/** Where that is kept. Expired ones vanish by themselves some time later. */
export abstract class RetiredChatflowStore {
  /** Instead of what was kept of an earlier one with the same id. */
  abstract put(retired: RetiredChatflow): Promise<void>;
  /** Without effect when there is none. */
  abstract remove(id: string): Promise<void>;
  /** In the order of their ids. @param after an id: only those behind it */
  abstract list(after: string | undefined, limit: number): Promise<readonly RetiredChatflow[]>;
}
