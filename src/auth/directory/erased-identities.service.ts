import { scrypt, type BinaryLike } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { SharedCaches, type SharedCache } from '../../cluster/shared-caches.service.js';
import { SESSION_MEMORY_MS } from '../backchannel/provider-sessions.service.js';
import { ProviderSessionStore } from '../backchannel/provider-session.store.port.js';
import { MAX_AUTHORITY_STALENESS_MS } from '../max-staleness.js';
import type { ExternalIdentity } from './user-directory.port.js';

/** Nothing else that is derived from the secret is like this. */
const PURPOSE = 'tollgate: identities that were erased\0';
const HASH_BYTES = 32;
/** Of those who were erased and still come. */
const MAX_CACHED = 1000;

const derive = promisify<BinaryLike, BinaryLike, number, Buffer>(scrypt);

/**
 * Remembers that the user of an external issuer was erased, for as long as a token from before may be good: without it such a token would make a new user, with nobody
 * having come. Kept under a hash that is slow and has the installation's secret in it, where there is one, so that a copy of the database does not tell who was erased by trying out
 * names. It is computed where a user is erased or made, and nowhere else.
 */
@Injectable()
export class ErasedIdentities {
  /** Whoever was erased and has a token from before may send it as often as they like: all of it together costs one derivation in some seconds. */
  private readonly cache: SharedCache<Date | undefined>;

  constructor(
    private readonly store: ProviderSessionStore,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    caches: SharedCaches,
  ) {
    this.cache = caches.of({
      kind: 'identity',
      maxEntries: MAX_CACHED,
      keepForMs: (found) => (found === undefined ? 0 : MAX_AUTHORITY_STALENESS_MS),
      load: (name) => this.load(name),
    });
  }

  /**
   * To be called before the identity is unmapped. May be repeated.
   * @param until tokens that were issued up to then are refused as well
   */
  async bury(identity: ExternalIdentity, until = new Date(0)): Promise<void> {
    const now = this.clock.now();
    const [secret = ''] = this.secrets;
    await this.store.end({
      id: await keyOf(nameOf(identity), secret),
      endedAt: new Date(Math.max(now, until.getTime())),
      expiresAt: new Date(now + SESSION_MEMORY_MS),
    });
    this.cache.changed(nameOf(identity));
  }

  /** When the issuer's last user of this name was erased here; `undefined`: not within the life of any token. */
  erasedAt(identity: ExternalIdentity): Promise<Date | undefined> {
    return this.cache.get(nameOf(identity));
  }

  /** The last time: while the secret is exchanged there may be one under each. */
  private async load(name: string): Promise<Date | undefined> {
    const found = await Promise.all(
      this.secrets.map(async (secret) => this.store.find(await keyOf(name, secret))),
    );
    const times = found.flatMap((one) => one?.endedAt?.getTime() ?? []);
    return times.length === 0 ? undefined : new Date(Math.max(...times));
  }

  /** Two while the secret is exchanged. */
  private get secrets(): readonly string[] {
    const { jwtSecret, otherJwtSecret } = this.config.auth;
    return [jwtSecret ?? '', ...(otherJwtSecret === undefined ? [] : [otherJwtSecret])];
  }
}

/** As the directory calls it when its mapping changes. */
const nameOf = ({ issuer, subject }: ExternalIdentity): string => JSON.stringify([issuer, subject]);

async function keyOf(name: string, secret: string): Promise<string> {
  const [issuer, subject] = JSON.parse(name) as [string, string];
  return (await derive(`${issuer}\0${subject}`, PURPOSE + secret, HASH_BYTES)).toString('base64url');
}
