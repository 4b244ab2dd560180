import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { hashSecret, newSecret } from '../secret-hash.js';
import { RefreshTokenStore } from './refresh-token.store.port.js';

const FAMILY_ID_BYTES = 16;
/** `<family id>.<secret>`, both base64url. Clients take it as one opaque string. */
const TOKEN_FORMAT = /^([\w-]{22})\.([\w-]{43})$/;

/** A refresh token for the client, and the login it belongs to. */
export interface IssuedRefreshToken {
  readonly token: string;
  readonly familyId: string;
  readonly userId: string;
}

/** Issues refresh tokens, each good for one use, and ends a login when one of its tokens is used twice. */
@Injectable()
export class RefreshTokenService {
  constructor(
    private readonly store: RefreshTokenStore,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** Begins a login. */
  async issue(userId: string): Promise<IssuedRefreshToken> {
    const familyId = randomBytes(FAMILY_ID_BYTES).toString('base64url');
    const secret = newSecret();
    await this.store.insert({
      id: familyId,
      userId,
      secretHash: hashSecret(secret),
      createdAt: new Date(this.clock.now()),
      expiresAt: this.expiry(),
    });
    return { token: `${familyId}.${secret}`, familyId, userId };
  }

  /**
   * Exchanges a token for its successor. A token that was used before was copied by somebody: nobody can tell who
   * holds the copy, so its login ends for both. Strict on purpose: a client that sends the same token twice at once signs itself out.
   * @throws AppError `unauthenticated`
   */
  async rotate(token: string): Promise<IssuedRefreshToken> {
    const { familyId, secret } = parseToken(token);
    const nextSecret = newSecret();
    const rotated = await this.store.rotate({
      familyId,
      fromHash: hashSecret(secret),
      toHash: hashSecret(nextSecret),
      now: new Date(this.clock.now()),
      expiresAt: this.expiry(),
    });
    if (rotated !== undefined)
      return { token: `${familyId}.${nextSecret}`, familyId, userId: rotated.userId };
    const ended = await this.store.remove(familyId);
    if (ended !== undefined) {
      this.log.warn({ userId: ended.userId }, 'An old refresh token was used: its login has been ended');
    }
    throw errors.unauthenticated('The refresh token is not valid any more.');
  }

  /** Ends the login that this token belongs to, be the token its newest or not. A malformed or unknown token ends nothing. */
  async revoke(token: string): Promise<void> {
    const familyId = TOKEN_FORMAT.exec(token)?.[1];
    if (familyId !== undefined) await this.revokeFamily(familyId);
  }

  async revokeFamily(familyId: string): Promise<void> {
    await this.store.remove(familyId);
  }

  private expiry(): Date {
    return new Date(this.clock.now() + this.config.auth.refreshTokenTtlSeconds * 1000);
  }
}

function parseToken(token: string): { familyId: string; secret: string } {
  const [, familyId, secret] = TOKEN_FORMAT.exec(token) ?? [];
  if (familyId === undefined || secret === undefined) {
    throw errors.unauthenticated('The refresh token is not valid.');
  }
  return { familyId, secret };
}
