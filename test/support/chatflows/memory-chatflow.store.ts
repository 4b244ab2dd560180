import type { Chatflow } from '../../../src/chatflows/chatflow.js';
import { bucketsKeyOf } from '../../../src/chatflows/buckets-key.js';
import {
  ChatflowStore,
  sameBuckets,
  type ChatflowAsRead,
  type ChatflowSettings,
} from '../../../src/chatflows/chatflow.store.port.js';

/** Held to the same contract suite as the real one; counts look-ups. */
export class MemoryChatflowStore extends ChatflowStore {
  readonly chatflows = new Map<string, Chatflow>();
  lookUps = 0;

  find(id: string): Promise<Chatflow | undefined> {
    this.lookUps += 1;
    return Promise.resolve(this.chatflows.get(id));
  }

  list(after: string | undefined, limit: number): Promise<readonly Chatflow[]> {
    const ids = [...this.chatflows.keys()].sort().filter((id) => after === undefined || id > after);
    return Promise.resolve(ids.slice(0, limit).map((id) => this.chatflows.get(id)!));
  }

  put(id: string, settings: ChatflowSettings, now: Date): Promise<Chatflow> {
    const buckets = bucketsKeyOf(settings.upstream.bucketIds);
    const others = [...this.chatflows.values()].filter((other) => other.id !== id);
    if (buckets !== undefined && others.some(({ upstream }) => bucketsKeyOf(upstream.bucketIds) === buckets))
      return Promise.reject(sameBuckets());
    const before = this.chatflows.get(id);
    const version = (before?.version ?? 0) + 1;
    const chatflow = { ...settings, id, version, createdAt: before?.createdAt ?? now, updatedAt: now };
    this.chatflows.set(id, chatflow);
    return Promise.resolve(chatflow);
  }

  async insertIfMissing(id: string, settings: ChatflowSettings, now: Date): Promise<boolean> {
    if (this.chatflows.has(id)) return false;
    await this.put(id, settings, now);
    return true;
  }

  remove({ id, version, updatedAt }: ChatflowAsRead): Promise<boolean> {
    const found = this.chatflows.get(id);
    const isAsRead = found?.version === version && found.updatedAt.getTime() === updatedAt.getTime();
    return Promise.resolve(isAsRead && this.chatflows.delete(id));
  }
}
