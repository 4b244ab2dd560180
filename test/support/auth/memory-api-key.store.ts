import type { ApiKey, ApiKeyChange, RotatedSecret } from '../../../src/auth/api-keys/api-key.js';
import { ApiKeyStore } from '../../../src/auth/api-keys/api-key.store.port.js';

/** Held to the same contract suite as the real one; counts look-ups. */
export class MemoryApiKeyStore extends ApiKeyStore {
  readonly keys = new Map<string, ApiKey>();
  lookUps = 0;
  notedUses = 0;

  insert(key: ApiKey, max: number): Promise<boolean> {
    const hasRoom = this.of(key.userId).length < max;
    if (hasRoom) this.keys.set(key.id, key);
    return Promise.resolve(hasRoom);
  }

  findByHash(keyHash: string): Promise<ApiKey | undefined> {
    this.lookUps += 1;
    const keys = [...this.keys.values()];
    const found = keys.find((key) => key.keyHash === keyHash);
    return Promise.resolve(found ?? keys.find(({ previous }) => previous?.keyHash === keyHash));
  }

  find(userId: string, id: string): Promise<ApiKey | undefined> {
    const key = this.keys.get(id);
    return Promise.resolve(key?.userId === userId ? key : undefined);
  }

  rotate({ id, userId, keyHash }: ApiKey, secret: RotatedSecret): Promise<ApiKey | undefined> {
    const key = this.keys.get(id);
    if (key?.userId !== userId || key.keyHash !== keyHash) return Promise.resolve(undefined);
    const { previous: _, ...kept } = key;
    const rotated = { ...kept, ...secret };
    this.keys.set(id, rotated);
    return Promise.resolve(rotated);
  }

  change(userId: string, id: string, change: ApiKeyChange): Promise<ApiKey | undefined> {
    const key = this.keys.get(id);
    if (key?.userId !== userId) return Promise.resolve(undefined);
    const changed = { ...key, ...change };
    this.keys.set(id, changed);
    return Promise.resolve(changed);
  }

  listOf(userId: string): Promise<readonly ApiKey[]> {
    return Promise.resolve(this.of(userId).sort((a, b) => (a.id < b.id ? 1 : -1)));
  }

  remove(userId: string, id: string): Promise<ApiKey | undefined> {
    const key = this.keys.get(id);
    if (key?.userId !== userId) return Promise.resolve(undefined);
    this.keys.delete(id);
    return Promise.resolve(key);
  }

  noteUse(id: string, usedAt: Date, unlessAfter: Date): Promise<void> {
    this.notedUses += 1;
    const key = this.keys.get(id);
    const noted = key?.lastUsedAt !== undefined && key.lastUsedAt > unlessAfter;
    if (key !== undefined && !noted) this.keys.set(id, { ...key, lastUsedAt: usedAt });
    return Promise.resolve();
  }

  private of(userId: string): ApiKey[] {
    return [...this.keys.values()].filter((key) => key.userId === userId);
  }
}
