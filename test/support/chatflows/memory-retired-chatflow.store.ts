import {
  RetiredChatflowStore,
  type RetiredChatflow,
} from '../../../src/chatflows/retired-chatflow.store.port.js';

/** Held to the same contract suite as the real one. */
export class MemoryRetiredChatflowStore extends RetiredChatflowStore {
  readonly retired = new Map<string, RetiredChatflow>();

  put(retired: RetiredChatflow): Promise<void> {
    this.retired.set(retired.id, retired);
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.retired.delete(id);
    return Promise.resolve();
  }

  list(after: string | undefined, limit: number): Promise<readonly RetiredChatflow[]> {
    const ids = [...this.retired.keys()].sort().filter((id) => after === undefined || id > after);
    return Promise.resolve(ids.slice(0, limit).map((id) => this.retired.get(id)!));
  }
}
