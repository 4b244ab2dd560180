import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../platform/clock.port.js';
import { RepeatingTask } from '../../platform/repeating-task.js';
import type { Principal } from '../../contract/principal.js';

/** Whom a verified token stands for. */
export interface VerifiedToken {
  readonly principal: Principal;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Upper bound of what all remembered tokens take, in characters; external issuers make tokens of several thousand. */
const MAX_TOTAL_CHARACTERS = 8_000_000;
/** How long a signature is taken for granted before it is checked again (so that a withdrawn signing key stops working). */
const MAX_TRUST_MS = 60_000;

/**
 * Remembers whom a verified access token stands for, so that a busy client costs no signature check per request.
 *
 * Staleness: never beyond the token's expiry, and at most 60 seconds for what a new check could find out (a withdrawn signing
 * key). Whether the user is still who they were, `CallerStanding` asks for every request. What nobody comes with any more, and with it the mail of a user
 * who may be erased, is forgotten a minute after that.
 */
@Injectable()
export class VerifiedTokens implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tokens = new LRUCache<string, VerifiedToken>({
    maxSize: MAX_TOTAL_CHARACTERS,
    sizeCalculation: (_verified, token) => token.length,
  });

  private readonly sweeping = new RepeatingTask(MAX_TRUST_MS, () => Promise.resolve(this.sweep()), {
    first: 'after-interval',
  });

  constructor(private readonly clock: Clock) {}

  onApplicationBootstrap(): void {
    this.sweeping.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sweeping.stop();
  }

  /** How many are remembered, also such as are not good any longer. */
  get count(): number {
    return this.tokens.size;
  }

  find(token: string): Principal | undefined {
    const verified = this.tokens.get(token);
    if (verified === undefined) return undefined;
    if (this.clock.now() < verified.expiresAt) return verified.principal;
    this.tokens.delete(token);
    return undefined;
  }

  /** Forgets what is not good any longer. */
  sweep(): void {
    const now = this.clock.now();
    for (const [token, { expiresAt }] of this.tokens.entries())
      if (now >= expiresAt) this.tokens.delete(token);
  }

  /** @param verified what a token that has just been verified stands for */
  remember(token: string, verified: VerifiedToken): void {
    const expiresAt = Math.min(verified.expiresAt, this.clock.now() + MAX_TRUST_MS);
    this.tokens.set(token, { principal: verified.principal, expiresAt });
  }
}
