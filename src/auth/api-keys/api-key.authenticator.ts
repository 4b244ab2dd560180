import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { User } from '../accounts/user.js';
import { UserStore } from '../accounts/user.store.port.js';
import { ExternalNames } from '../directory/external-names.service.js';
import { UserDirectory, type ExternalIdentity } from '../directory/user-directory.port.js';
import { SCOPES, isAdminRole, type Principal, type Scope } from '../../contract/principal.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import { hashSecret } from '../secret-hash.js';
import { looksLikeApiKey, type ApiKey } from './api-key.js';
import { ApiKeyStore } from './api-key.store.port.js';

const MAX_CACHED_KEYS = 10_000;
/** How exact `lastUsedAt` is; a finer one would cost a write per request. */
const LAST_USE_PRECISION_MS = 60_000;

/** A key that is known, and not good. */
export interface RefusedKey {
  /** `expired`: or the overlap behind its rotation has ended. `owner-without-sign-in`: the settings do not name its owner's issuer any more, or there are no own accounts. */
  readonly refusal: 'expired' | 'owner-without-sign-in';
  readonly apiKeyId: string;
  readonly userId: string;
}

export function isRefusedKey(judged: Principal | RefusedKey): judged is RefusedKey {
  return 'refusal' in judged;
}

interface KnownKey {
  readonly key: ApiKey;
  /** Absent: its owner cannot sign in here any more. */
  readonly principal?: Principal;
  /** Epoch milliseconds: its expiry, or the end of an overlap. */
  readonly goodUntil: number;
  /** Epoch milliseconds. */
  lastUsedAt: number;
}

/**
 * Finds whom an API key stands for. Look-ups are cached: a revocation counts at once on this instance and within a second on the others, without the bus
 * ten; so does the removal of the owner or a change of the owner's roles. An expiry counts to the moment, and so does
 * the end of the overlap behind a rotation.
 */
@Injectable()
export class ApiKeyAuthenticator {
  private readonly known: SharedCache<KnownKey | undefined>;

  constructor(
    private readonly keys: ApiKeyStore,
    private readonly users: UserStore,
    private readonly directory: UserDirectory,
    private readonly names: ExternalNames,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    caches: SharedCaches,
  ) {
    this.known = caches.of({
      kind: 'api-key',
      madeOf: ['user', 'identity'],
      maxEntries: MAX_CACHED_KEYS,
      load: (hash) => this.load(hash),
      // Unknown keys are not kept, or a guesser could push every real one out of the cache.
      keepForMs: (found) => (found === undefined ? 0 : MAX_AUTHORITY_STALENESS_MS),
    });
  }

  /** @returns `undefined` when the key is unknown, revoked or its owner is gone; why, when it is known and not good */
  async judge(key: string): Promise<Principal | RefusedKey | undefined> {
    if (!looksLikeApiKey(key)) return undefined;
    const known = await this.known.get(hashSecret(key));
    if (known === undefined) return undefined;
    const { principal, goodUntil } = known;
    const { id: apiKeyId, userId } = known.key;
    const now = this.clock.now();
    if (now >= goodUntil) return { refusal: 'expired', apiKeyId, userId };
    if (principal === undefined) return { refusal: 'owner-without-sign-in', apiKeyId, userId };
    this.noteUse(known, now);
    return principal;
  }

  /** The same without the reason. */
  async authenticate(key: string): Promise<Principal | undefined> {
    const judged = await this.judge(key);
    return judged === undefined || isRefusedKey(judged) ? undefined : judged;
  }

  /**
   * Whom a secret stands for by now that was good when something began with it. Its expiry and the end of an overlap were known then, and change nothing.
   * @returns `undefined` when the key was revoked, or rotated without leaving this secret good, or its owner cannot sign in here any more
   */
  async standsFor(keyHash: string): Promise<Principal | undefined> {
    return (await this.known.get(keyHash))?.principal;
  }

  /** Makes a revocation or a rotation count, here at once. */
  forget({ keyHash, previous }: Pick<ApiKey, 'keyHash' | 'previous'>): void {
    this.known.changed(keyHash);
    if (previous !== undefined) this.known.changed(previous.keyHash);
  }

  private async load(keyHash: string): Promise<KnownKey | undefined> {
    const key = await this.keys.findByHash(keyHash);
    const user = key && (await this.users.findById(key.userId));
    if (key === undefined || user === undefined) return undefined;
    const principal = await this.principalOf(key, user, keyHash);
    const { expiresAt, previous } = key;
    const overlap = key.keyHash === keyHash ? undefined : previous?.until;
    const goodUntil = Math.min(...[expiresAt, overlap].map((end) => end?.getTime() ?? Infinity));
    return {
      key,
      ...(principal === undefined ? {} : { principal }),
      goodUntil,
      lastUsedAt: key.lastUsedAt?.getTime() ?? 0,
    };
  }

  /** @returns `undefined` when the settings leave its owner no way to sign in: what nobody could get anew is not good for ever */
  private async principalOf(key: ApiKey, user: User, apiKeyHash: string): Promise<Principal | undefined> {
    const { id: userId, tenantId, accountId, email, roles } = user;
    const { scopes = SCOPES, chatflowIds, requestsPerMinute, hasCreditCap } = key;
    const base = {
      userId,
      tenantId,
      accountId,
      apiKeyId: key.id,
      apiKeyHash,
      scopes,
      ...(chatflowIds === undefined ? {} : { chatflowIds }),
      ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
      ...(hasCreditCap === undefined ? {} : { hasCreditCap }),
    };
    if (email !== undefined && this.config.auth.ownAccounts)
      return { ...base, email, roles: rolesWithin(scopes, roles) };
    const identity = await this.directory.identityOf(userId);
    if (identity === undefined || !this.isKnown(identity)) return undefined;
    const snapshot = { ...key.owner, roles: rolesWithin(scopes, key.owner?.roles ?? []) };
    return { ...snapshot, ...base, ...this.names.principalOf(identity) };
  }

  private isKnown({ issuer }: ExternalIdentity): boolean {
    return this.config.auth.issuers.some((one) => one.issuer === issuer);
  }

  /** Not awaited: no request waits for, or fails by, the note of its own key's use. */
  private noteUse(known: KnownKey, now: number): void {
    if (now - known.lastUsedAt < LAST_USE_PRECISION_MS) return;
    known.lastUsedAt = now;
    const unlessAfter = new Date(now - LAST_USE_PRECISION_MS);
    this.keys.noteUse(known.key.id, new Date(now), unlessAfter).catch((error: unknown) => {
      this.log.warn({ err: error, apiKeyId: known.key.id }, 'The last use of an API key could not be noted');
    });
  }
}

/** Whoever holds a key that is not for admins is none, in whatever admins are asked about. */
function rolesWithin(scopes: readonly Scope[], roles: readonly string[]): readonly string[] {
  return scopes.includes('admin') ? roles : roles.filter((role) => !isAdminRole(role));
}
