import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { newId } from '../../platform/ids.js';
import { isAdmin, type Principal } from '../../contract/principal.js';
import { hashSecret } from '../secret-hash.js';
import { newApiKey, type ApiKey, type ApiKeySettings } from './api-key.js';
import { ApiKeyAuthenticator } from './api-key.authenticator.js';
import { KeyCaps, type SpentCap } from './key-caps.port.js';
import { ApiKeyStore } from './api-key.store.port.js';

/** Expired keys count until they are revoked. */
export const MAX_KEYS_PER_USER = 100;

/** Makes, lists, rotates and revokes the API keys of a user. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeyStore,
    private readonly authenticator: ApiKeyAuthenticator,
    private readonly caps: KeyCaps,
    private readonly clock: Clock,
  ) {}

  /**
   * Callers with an API key never get here (`@ForAccessTokens`): a leaked one must not outlive its expiry or its revocation by making others.
   * @returns the key, which can't be had again, and what is kept of it
   * @throws AppError `forbidden` to whoever is no admin and wants the scope of one; `validation_failed` for an expiry in the past; `conflict` when the user has too many keys
   */
  async create(owner: Principal, settings: ApiKeySettings): Promise<{ key: string; apiKey: ApiKey }> {
    const { creditCap, ...kept } = settings;
    const { scopes, expiresAt } = settings;
    this.assertCapsAreKept(creditCap);
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
      ...kept,
      ...(creditCap === undefined ? {} : { hasCreditCap: true }),
      prefix,
      keyHash: hashSecret(key),
      createdAt: new Date(now),
      ...(isExternal ? { owner: snapshotOf(owner) } : {}),
    };
    if (!(await this.keys.insert(apiKey, MAX_KEYS_PER_USER, owner.tenantId)))
      throw errors.conflict(`You have ${MAX_KEYS_PER_USER} API keys: revoke one first.`);
    // Only whoever has the key could spend, and nobody has it before this has returned.
    if (creditCap !== undefined) await this.setCap(owner, apiKey.id, creditCap);
    return { key, apiKey };
  }

  list(userId: string): Promise<readonly ApiKey[]> {
    return this.keys.listOf(userId);
  }

  /** What the caps of these keys are and what is spent of them, by the keys' ids. A key whose cap is not there may spend nothing. */
  async capsOf(accountId: string, keys: readonly ApiKey[]): Promise<ReadonlyMap<string, SpentCap>> {
    const capped = keys.filter(({ hasCreditCap }) => hasCreditCap === true);
    if (capped.length === 0) return new Map();
    const caps = await this.caps.of(accountId);
    return new Map(capped.map(({ id }) => [id, caps.get(id) ?? { cap: 0, used: 0 }]));
  }

  /**
   * Changes what a key is limited to; streams that it may not read or ask any more end.
   * @throws AppError `not_found` when the user has no key with this id; `validation_failed` for a cap where an external service keeps the credits
   */
  async change(owner: Principal, id: string, settings: KeyChange): Promise<ApiKey> {
    const { creditCap, ...rest } = settings;
    this.assertCapsAreKept(creditCap);
    const { userId } = owner;
    // The mark first: without its cap the key spends nothing.
    const change = { ...rest, ...(creditCap === undefined ? {} : { hasCreditCap: true }) };
    const changed = await this.keys.change(userId, id, change);
    if (changed === undefined) throw errors.notFound('The API key');
    this.authenticator.forget(changed);
    if (creditCap !== undefined) await this.setCap(owner, id, creditCap);
    return changed;
  }

  /** @throws AppError `not_found` when the user has no key with this id */
  async revoke({ userId, accountId }: Principal, id: string): Promise<void> {
    const removed = await this.keys.remove(userId, id);
    if (removed === undefined) throw errors.notFound('The API key');
    this.authenticator.forget(removed);
    if (removed.hasCreditCap === true) await this.caps.remove(accountId, [id]);
  }

  /** @param accountId of which their caps leave; absent when nobody knows it any more @returns how many */
  async revokeAll(userId: string, accountId: string | undefined): Promise<number> {
    let revoked = 0;
    for (const { id } of await this.keys.listOf(userId)) {
      const removed = await this.keys.remove(userId, id);
      if (removed === undefined) continue;
      this.authenticator.forget(removed);
      if (removed.hasCreditCap === true && accountId !== undefined) await this.caps.remove(accountId, [id]);
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

  private assertCapsAreKept(creditCap: number | undefined): void {
    if (creditCap === undefined || this.caps.areKept) return;
    const message = 'is not possible: an external accounting service keeps the credits';
    throw errors.validation([{ field: 'creditCap', message }]);
  }

  /** Caps of keys that are no more go along: a revocation may have been cut off before it had removed one, or have come just before this. */
  private async setCap({ userId, accountId }: Principal, id: string, cap: number): Promise<void> {
    await this.caps.set(accountId, id, cap);
    // In this order: whoever has a cap has had a key before, and ids never come back.
    const capped = [...(await this.caps.of(accountId)).keys()];
    const keys = new Set((await this.keys.listOf(userId)).map((key) => key.id));
    await this.caps.remove(
      accountId,
      capped.filter((keyId) => !keys.has(keyId)),
    );
  }
}

/** What of a key its owner changes; what is absent stays. */
type KeyChange = Pick<Partial<ApiKeySettings>, 'name' | 'chatflowIds' | 'requestsPerMinute' | 'creditCap'>;

function snapshotOf({ email, roles }: Principal): NonNullable<ApiKey['owner']> {
  return { ...(email === undefined ? {} : { email }), roles: roles.filter((role) => role !== 'admin') };
}
