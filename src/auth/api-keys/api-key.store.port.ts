import type { ApiKey } from './api-key.js';

/** Where API keys live. */
export abstract class ApiKeyStore {
  /** @returns whether the user had less than `max` keys; otherwise nothing is inserted, however many are made at once */
  abstract insert(key: ApiKey, max: number): Promise<boolean>;
  abstract findByHash(keyHash: string): Promise<ApiKey | undefined>;
  /** @returns the user's keys, newest first */
  abstract listOf(userId: string): Promise<readonly ApiKey[]>;
  /** @returns the removed key, or `undefined` when this user has none with this id */
  abstract remove(userId: string, id: string): Promise<ApiKey | undefined>;
  /** Moves the last use on to `usedAt` unless one after `unlessAfter` is noted already (by another instance). */
  abstract noteUse(id: string, usedAt: Date, unlessAfter: Date): Promise<void>;
}
