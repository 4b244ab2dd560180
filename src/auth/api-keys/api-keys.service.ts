import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { isAdmin, type Principal } from '../../contract/principal.js';
import { hashSecret } from '../secret-hash.js';
import { newApiKey, type ApiKey, type ApiKeySettings } from './api-key.js';
import { ApiKeyAuthenticator } from './api-key.authenticator.js';
import { ApiKeyStore } from './api-key.store.port.js';

/** Expired keys count until they are revoked. */
export const MAX_KEYS_PER_USER = 100;

/** Makes, lists, rotates and revokes the API keys of a user. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeyStore,
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the key, which can't be had again, and what is kept of it
   * @throws AppError `forbidden` to a caller who came with an API key: a leaked key must not outlive its expiry or its revocation
   *   by making others, and to whoever is no admin and wants the scope of one; `validation_failed` for an expiry in the past; `conflict` when the user has too many keys
   */
  async create(owner: Principal, settings: ApiKeySettings): Promise<{ key: string; apiKey: ApiKey }> {
    if (owner.apiKeyId !== undefined)
      throw errors.forbidden('Sign in to make an API key: a key cannot make keys.');
    const { scopes, expiresAt } = settings;
    const isExternal = owner.subject !== undefined;
    if (scopes.includes('admin') && (isExternal || !isAdmin(owner)))
      throw errors.forbidden(
        isExternal
          ? 'A key of a user who signs in elsewhere is never for admins.'
          : 'Only admins make keys with the scope admin.',
      );
    const now = this.clock.now();
    if (expiresAt !== undefined && expiresAt.getTime() <= now) {
      throw errors.validation([{ field: 'expiresAt', message: 'must be in the future' }]);
    }
    const { key, prefix } = newApiKey();
    const apiKey: ApiKey = {
      id: newId(),
      userId: owner.userId,
      ...settings,
      prefix,
      keyHash: hashSecret(key),
      createdAt: new Date(now),
      ...(isExternal ? { owner: snapshotOf(owner) } : {}),
    };
    if (!(await this.keys.insert(apiKey, MAX_KEYS_PER_USER)))
      throw errors.conflict(`You have ${MAX_KEYS_PER_USER} API keys: revoke one first.`);
    return { key, apiKey };
  }

  list(userId: string): Promise<readonly ApiKey[]> {
    return this.keys.listOf(userId);
  }

  /** @throws AppError `not_found` when the user has no key with this id */
  async revoke(userId: string, id: string): Promise<void> {
    const removed = await this.keys.remove(userId, id);
    if (removed === undefined) throw errors.notFound('The API key');
    this.authenticator.forget(removed);
  }

  /** @returns how many */
  async revokeAll(userId: string): Promise<number> {
    let revoked = 0;
    for (const { id } of await this.keys.listOf(userId)) {
      const removed = await this.keys.remove(userId, id);
      if (removed === undefined) continue;
      this.authenticator.forget(removed);
      revoked += 1;
    }
    return revoked;
  }

  /**
   * Exchanges the secret of a key; everything else of it stays.
   * @param overlapMs for how long the secret until now is good as well. The one before that is not any more
   * @returns the new key, which can't be had again, and what is kept of it
   * @throws AppError `not_found` when the user has no key with this id; `conflict` when it has expired, or is rotated at the same time
   */
  async rotate(userId: string, id: string, overlapMs: number): Promise<{ key: string; apiKey: ApiKey }> {
    const read = await this.keys.find(userId, id);
    if (read === undefined) throw errors.notFound('The API key');
    const now = this.clock.now();
    if (read.expiresAt !== undefined && read.expiresAt.getTime() <= now)
      throw errors.conflict('The API key has expired: make a new one.');
    const { key, prefix } = newApiKey();
    const rotated = await this.keys.rotate(read, {
      prefix,
      keyHash: hashSecret(key),
      ...(overlapMs === 0 ? {} : { previous: { keyHash: read.keyHash, until: new Date(now + overlapMs) } }),
    });
    // Both secrets would be somebody's: only one of the two can be told its own.
    if (rotated === undefined) throw errors.conflict('The API key was changed at the same time.');
    this.authenticator.forget(read);
    return { key, apiKey: rotated };
  }
}

function snapshotOf({ email, roles }: Principal): NonNullable<ApiKey['owner']> {
  return { ...(email === undefined ? {} : { email }), roles: roles.filter((role) => role !== 'admin') };
}
