import { ThreadStore, type ThreadKey } from '../../../src/upstream/storm/thread.store.port.js';

/** Threads for as long as the test runs. */
export class MemoryThreadStore extends ThreadStore {
  readonly threads = new Map<string, string>();
  /** How often something was to be kept. */
  writes = 0;

  async find(key: ThreadKey): Promise<string | undefined> {
    return this.threads.get(idOf(key));
  }

  async keep(key: ThreadKey, threadId: string): Promise<void> {
    this.writes += 1;
    if (!this.threads.has(idOf(key))) this.threads.set(idOf(key), threadId);
  }

  async forget(userId: string, sessionId: string): Promise<void> {
    for (const id of this.threads.keys()) {
      const [user, session] = JSON.parse(id) as readonly string[];
      if (user === userId && session === sessionId) this.threads.delete(id);
    }
  }
}

const idOf = ({ userId, sessionId, origin }: ThreadKey) => JSON.stringify([userId, sessionId, origin]);
