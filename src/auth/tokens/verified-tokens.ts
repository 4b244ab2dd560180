import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../platform/clock.js';
import type { Principal } from '../principal.js';
import type { VerifiedClaims } from './token-claims.js';

/** Upper bound of what all remembered tokens take, in characters; external issuers make tokens of several thousand. */
const MAX_TOTAL_CHARACTERS = 8_000_000;
/** How long a signature is taken for granted before it is checked again (so that a withdrawn signing key stops working). */
const MAX_TRUST_MS = 60_000;

/**
 * Remembers whom a verified access token stands for, so that a busy client costs no signature check per request.
 *
 * Staleness: never beyond the token's expiry, and at most 60 seconds for what a new check could find out (a withdrawn signing
 * key). What a token says about roles, or that a user was removed or signed out, counts only with the next token anyway: tokens
 * are good until they expire.
 */
@Injectable()
export class VerifiedTokens {
  private readonly tokens = new LRUCache<string, VerifiedClaims>({
    maxSize: MAX_TOTAL_CHARACTERS,
    sizeCalculation: (_claims, token) => token.length,
  });

  constructor(private readonly clock: Clock) {}

  find(token: string): Principal | undefined {
    const claims = this.tokens.get(token);
    if (claims === undefined) return undefined;
    if (this.clock.now() < claims.expiresAt) return claims.principal;
    this.tokens.delete(token);
    return undefined;
  }

  /** @param claims of a token that has just been verified */
  remember(token: string, claims: VerifiedClaims): void {
    const expiresAt = Math.min(claims.expiresAt, this.clock.now() + MAX_TRUST_MS);
    this.tokens.set(token, { principal: claims.principal, expiresAt });
  }
}
