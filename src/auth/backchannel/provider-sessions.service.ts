import { Injectable } from '@nestjs/common';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import { providerKey } from './provider-key.js';
import { ProviderSessionStore, type ProviderSession } from './provider-session.store.port.js';

/** Some hundred bytes each. */
const MAX_CACHED = 20_000;
/** Access tokens live for minutes or hours, with no known provider for more than 30 days: behind that none of an ended session is good any more. */
export const SESSION_MEMORY_MS = 31 * 24 * 3_600_000;

/** The end of sessions that a logout token tells. */
export interface SessionEnd {
  readonly issuer: string;
  readonly kind: 'sid' | 'sub';
  readonly name: string;
  /** By the issuer's clock. */
  readonly endedAt: Date;
}

/**
 * Which sessions at external issuers have ended, so that their access tokens are refused. A session is written down when its first token comes: its end
 * may not say whose it was. Look-ups are cached: an end counts at once here, within a second on other instances, without the bus within ten.
 */
@Injectable()
export class ProviderSessions {
  private readonly cache: SharedCache<Pick<ProviderSession, 'endedAt'>>;

  constructor(
    private readonly store: ProviderSessionStore,
    private readonly clock: Clock,
    caches: SharedCaches,
  ) {
    this.cache = caches.of({
      kind: 'provider-session',
      maxEntries: MAX_CACHED,
      load: (key) => this.load(key),
      // Names are not guessed: a token's signature was verified before.
      keepForMs: () => MAX_AUTHORITY_STALENESS_MS,
    });
  }

  /** Whether an external user's token was issued before its session ended. */
  async isEnded({ issuer, subject, userId, issuerSession, issuedAt = 0 }: Principal): Promise<boolean> {
    if (issuer === undefined || subject === undefined) return false;
    const key =
      issuerSession === undefined
        ? keyOf('sub', issuer, subject)
        : keyOf('sid', issuer, issuerSession, userId);
    const { endedAt } = await this.cache.get(key);
    return endedAt !== undefined && issuedAt <= endedAt.getTime();
  }

  /** Whose session it is, as far as that is known here. */
  async userOf(issuer: string, session: string): Promise<string | undefined> {
    return (await this.store.find(providerKey('sid', issuer, session)))?.userId;
  }

  /** @returns whose it was, as far as that is known here now */
  async end({ issuer, kind, name, endedAt }: SessionEnd): Promise<string | undefined> {
    const { userId } = await this.store.end({
      id: providerKey(kind, issuer, name),
      endedAt,
      expiresAt: this.expiry(),
    });
    this.cache.changed(kind === 'sub' ? keyOf('sub', issuer, name) : keyOf('sid', issuer, name, userId));
    return userId;
  }

  private async load(key: string): Promise<Pick<ProviderSession, 'endedAt'>> {
    const [kind, issuer, name, userId] = JSON.parse(key) as [
      'sid' | 'sub',
      string,
      string,
      string | undefined,
    ];
    const id = providerKey(kind, issuer, name);
    const found = await this.store.find(id);
    // Somebody who was erased may come again within the same session.
    if (userId === undefined || found?.userId === userId) return found ?? {};
    await this.store.ensure({ id, userId, expiresAt: this.expiry() });
    // It may have ended between the two.
    return (await this.store.find(id)) ?? {};
  }

  private expiry(): Date {
    return new Date(this.clock.now() + SESSION_MEMORY_MS);
  }
}

/** All that an entry of the cache is loaded from. */
const keyOf = (...parts: readonly (string | undefined)[]): string => JSON.stringify(parts);
