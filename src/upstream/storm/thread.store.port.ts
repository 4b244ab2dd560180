/** Which thread of which server continues a session. */
export interface ThreadKey {
  readonly userId: string;
  readonly sessionId: string;
  /** The server's; another server's thread of that id would be somebody else's. */
  readonly origin: string;
}

/** The threads that Storm servers have opened for sessions. */
export abstract class ThreadStore {
  abstract find(key: ThreadKey): Promise<string | undefined>;
  /** Keeps a session's first thread; later ones have no effect. */
  abstract keep(key: ThreadKey, threadId: string): Promise<void>;
  /** Forgets all threads of a session. */
  abstract forget(userId: string, sessionId: string): Promise<void>;
}
