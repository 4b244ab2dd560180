import { scrypt, type BinaryLike } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { SESSION_MEMORY_MS } from '../backchannel/provider-sessions.service.js';
import { ProviderSessionStore } from '../backchannel/provider-session.store.port.js';
import type { ExternalIdentity } from './user-directory.port.js';

/** Nothing else that is derived from the secret is like this. */
const PURPOSE = 'tollgate: identities that were erased\0';
const HASH_BYTES = 32;

const derive = promisify<BinaryLike, BinaryLike, number, Buffer>(scrypt);

/**
 * Remembers that the user of an external issuer was erased, for as long as a token from before may be good: without it such a token would make a new user, with nobody
 * having come. Kept under a hash that is slow and has the installation's secret in it, where there is one, so that a copy of the database does not tell who was erased by trying out
 * names. It is computed where a user is erased or made, and nowhere else.
 */
@Injectable()
export class ErasedIdentities {
  constructor(
    private readonly store: ProviderSessionStore,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {}

  /** To be called before the identity is unmapped. May be repeated. */
  async bury(identity: ExternalIdentity): Promise<void> {
    const now = this.clock.now();
    const [secret = ''] = this.secrets;
    await this.store.end({
      id: await keyOf(identity, secret),
      endedAt: new Date(now),
      expiresAt: new Date(now + SESSION_MEMORY_MS),
    });
  }

  /** When the issuer's last user of this name was erased here; `undefined`: not within the life of any token. */
  async erasedAt(identity: ExternalIdentity): Promise<Date | undefined> {
    const found = await Promise.all(
      this.secrets.map(async (secret) => this.store.find(await keyOf(identity, secret))),
    );
    return found.find((one) => one?.endedAt !== undefined)?.endedAt;
  }

  /** Two while the secret is exchanged. */
  private get secrets(): readonly string[] {
    const { jwtSecret, otherJwtSecret } = this.config.auth;
    return [jwtSecret ?? '', ...(otherJwtSecret === undefined ? [] : [otherJwtSecret])];
  }
}

async function keyOf({ issuer, subject }: ExternalIdentity, secret: string): Promise<string> {
  return (await derive(`${issuer}\0${subject}`, PURPOSE + secret, HASH_BYTES)).toString('base64url');
}
