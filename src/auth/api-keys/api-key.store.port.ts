import type { ApiKey, ApiKeyChange, RotatedSecret } from './api-key.js';

/** Where API keys live. */
export abstract class ApiKeyStore {
  /**
   * @param tenantId whom the key is written for; absent: the default tenant
   * @returns whether the user had less than `max` keys; otherwise nothing is inserted, however many are made at once
   */
  abstract insert(key: ApiKey, max: number, tenantId?: string): Promise<boolean>;
  /** The key that has this hash now, or had it before its rotation, however long ago that one was good. */
  abstract findByHash(keyHash: string): Promise<ApiKey | undefined>;
  /** @returns the user's keys, newest first */
  abstract listOf(userId: string): Promise<readonly ApiKey[]>;
  /** @returns the user's key with this id */
  abstract find(userId: string, id: string): Promise<ApiKey | undefined>;
  /**
   * Exchanges the secret of a key, if it still has the one that was read.
   * @returns the key as it is then; `undefined` when it is gone or was rotated meanwhile
   */
  abstract rotate(read: ApiKey, secret: RotatedSecret): Promise<ApiKey | undefined>;
  /** @returns the key as it is then; `undefined` when this user has none with this id */
  abstract change(userId: string, id: string, change: ApiKeyChange): Promise<ApiKey | undefined>;
  /** @returns the removed key, or `undefined` when this user has none with this id */
  abstract remove(userId: string, id: string): Promise<ApiKey | undefined>;
  /** Moves the last use on to `usedAt` unless one after `unlessAfter` is noted already (by another instance). */
  abstract noteUse(id: string, usedAt: Date, unlessAfter: Date): Promise<void>;
}
