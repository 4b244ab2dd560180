import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { UserStore } from '../accounts/user.store.port.js';
import { ExternalNames } from '../directory/external-names.service.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import { SCOPES, isAdminRole, type Principal, type Scope } from '../../contract/principal.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import { hashSecret } from '../secret-hash.js';
import { looksLikeApiKey, type ApiKey } from './api-key.js';
import { ApiKeyStore } from './api-key.store.port.js';

const MAX_CACHED_KEYS = 10_000;
/** How exact `lastUsedAt` is; a finer one would cost a write per request. */
const LAST_USE_PRECISION_MS = 60_000;

interface KnownKey {
  readonly key: ApiKey;
  readonly principal: Principal;
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

  /** @returns `undefined` when the key is unknown, revoked, expired or its owner is gone */
  async authenticate(key: string): Promise<Principal | undefined> {
    if (!looksLikeApiKey(key)) return undefined;
    const known = await this.known.get(hashSecret(key));
    const now = this.clock.now();
    if (known === undefined || now >= known.goodUntil) return undefined;
    this.noteUse(known, now);
    return known.principal;
  }

  /**
   * Whom a secret stands for by now that was good when something began with it. Its expiry and the end of an overlap were known then, and change nothing.
   * @returns `undefined` when the key was revoked, or rotated without leaving this secret good
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
    const principal = key === undefined ? undefined : await this.principalOf(key, keyHash);
    if (key === undefined || principal === undefined) return undefined;
    const { expiresAt, previous } = key;
    const overlap = key.keyHash === keyHash ? undefined : previous?.until;
    const goodUntil = Math.min(...[expiresAt, overlap].map((end) => end?.getTime() ?? Infinity));
    return { key, principal, goodUntil, lastUsedAt: key.lastUsedAt?.getTime() ?? 0 };
  }

  private async principalOf(key: ApiKey, apiKeyHash: string): Promise<Principal | undefined> {
    const user = await this.users.findById(key.userId);
    if (user === undefined) return undefined;
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
    const snapshot = { ...key.owner, roles: rolesWithin(scopes, key.owner?.roles ?? []) };
    return { ...snapshot, ...base, ...(identity === undefined ? {} : this.names.principalOf(identity)) };
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
