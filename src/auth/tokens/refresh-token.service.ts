import { createHmac, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { hashSecret, newSecret } from '../secret-hash.js';
import { JwtSecret } from './jwt-secret.js';
import { OpenSignIns } from './open-sign-ins.service.js';
import { RefreshTokenStore } from './refresh-token.store.port.js';

const FAMILY_ID_BYTES = 16;
/** Beyond it the oldest end. */
export const MAX_SIGN_INS_PER_USER = 100;
/** Of many that are too many, e.g. from before there was a bound: the next sign-in goes on. */
const MAX_SIGN_INS_ENDED_AT_ONCE = 20;
/** Kept of what a client calls itself. */
const MAX_USER_AGENT_CHARACTERS = 200;
/** `<family id>.<secret>`, both base64url. Clients take it as one opaque string. */
const TOKEN_FORMAT = /^([\w-]{22})\.([\w-]{43})$/;

/**
 * How long after its use a refresh token answers the same successor again: two tabs that refresh at once, or a client whose answer was lost,
 * stay signed in. Whoever copied a token gains no more by it than by having used it first.
 */
export const REFRESH_GRACE_MS = 20_000;
/** What the successors are made from is the key of other signatures, too: no other message begins like this. */
const SUCCESSOR_PURPOSE = 'tollgate:refresh-token-successor:';

/** A refresh token for the client, and the login it belongs to. */
export interface IssuedRefreshToken {
  readonly token: string;
  readonly familyId: string;
  readonly userId: string;
  /** When it was issued first. */
  readonly issuedAt: Date;
}

/** A login that was there until now. */
export type EndedLogin = Pick<IssuedRefreshToken, 'familyId' | 'userId'>;

/** Issues refresh tokens, each good for one use, and ends a login when one of its tokens is used again later. */
@Injectable()
export class RefreshTokenService {
  constructor(
    private readonly store: RefreshTokenStore,
    private readonly signIns: OpenSignIns,
    private readonly secret: JwtSecret,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly audit: AuditLog,
  ) {}

  /** Begins a login; where the user has too many, the oldest end. @param userAgent what the client calls itself */
  async issue(userId: string, userAgent?: string): Promise<IssuedRefreshToken> {
    const familyId = randomBytes(FAMILY_ID_BYTES).toString('base64url');
    const secret = newSecret();
    const issuedAt = new Date(this.clock.now());
    const inserted = this.store.insert({
      id: familyId,
      userId,
      secretHash: hashSecret(secret),
      ...(userAgent === undefined ? {} : { userAgent: userAgent.slice(0, MAX_USER_AGENT_CHARACTERS) }),
      createdAt: issuedAt,
      expiresAt: this.expiry(),
    });
    // Together: nobody waits for one behind the other.
    await Promise.all([inserted, this.endOldest(userId, familyId, issuedAt)]);
    return { token: `${familyId}.${secret}`, familyId, userId, issuedAt };
  }

  /**
   * Exchanges a token for its successor, for {@link REFRESH_GRACE_MS} for the same one, on whichever instance. A token that was used before
   * that was copied by somebody: nobody can tell who holds the copy, so its login ends for both.
   * @throws AppError `unauthenticated`
   */
  async rotate(token: string): Promise<IssuedRefreshToken> {
    const { familyId, secret } = parseToken(token);
    const { value, other } = this.secret;
    if (value === undefined) throw new Error('Refresh tokens need a secret.');
    const now = new Date(this.clock.now());
    const stepWith = (key: string) => {
      const next = successorOf(token, key);
      return { next, step: { familyId, fromHash: hashSecret(secret), toHash: hashSecret(next), now } };
    };
    const issued = (next: string, userId: string, issuedAt: Date): IssuedRefreshToken => ({
      token: `${familyId}.${next}`,
      familyId,
      userId,
      issuedAt,
    });
    const { next, step } = stepWith(value);
    const rotated = await this.store.rotate({ ...step, expiresAt: this.expiry() });
    if (rotated !== undefined) return issued(next, rotated.userId, now);
    // The first use may have been on an instance that signs with the other key.
    for (const key of other === undefined ? [value] : [value, other]) {
      const { next, step } = stepWith(key);
      const repeated = await this.store.findRotated(step, new Date(now.getTime() - REFRESH_GRACE_MS));
      if (repeated !== undefined) return issued(next, repeated.userId, repeated.at);
    }
    const ended = await this.store.remove(familyId);
    this.signIns.ended(familyId);
    if (ended !== undefined) await this.noteReuse(ended.userId, familyId);
    throw errors.unauthenticated('The refresh token is not valid any more.');
  }

  /** Ends the login that this token belongs to, be the token its newest or not. A malformed or unknown token ends nothing. */
  async revoke(token: string): Promise<EndedLogin | undefined> {
    const familyId = TOKEN_FORMAT.exec(token)?.[1];
    return familyId === undefined ? undefined : this.revokeFamily(familyId);
  }

  /** @returns undefined when there is none */
  async revokeFamily(familyId: string): Promise<EndedLogin | undefined> {
    const ended = await this.store.remove(familyId);
    this.signIns.ended(familyId);
    return ended && { familyId, userId: ended.userId };
  }

  /** Programs that sign in for each request must not make a million logins of one user. @param newId may be there already or not */
  private async endOldest(userId: string, newId: string, now: Date): Promise<void> {
    const newest = await this.store.listOf(userId, now, MAX_SIGN_INS_PER_USER + MAX_SIGN_INS_ENDED_AT_ONCE);
    const others = newest.filter(({ id }) => id !== newId);
    for (const { id } of others.slice(MAX_SIGN_INS_PER_USER - 1))
      if (await this.store.removeOf(userId, id)) this.signIns.ended(id);
  }

  /** The login has ended, whether or not it can be written down. */
  private async noteReuse(userId: string, familyId: string): Promise<void> {
    this.log.warn({ userId }, 'An old refresh token was used: its login has been ended');
    const entry = { action: 'sign-in.reuse-token', phase: 'refused', code: 'unauthenticated' } as const;
    try {
      await this.audit.write({ ...entry, actorId: userId, targetKind: 'sign-in', targetId: familyId });
    } catch (error) {
      this.log.error({ err: error, userId }, 'That an old refresh token was used could not be noted');
    }
  }

  private expiry(): Date {
    return new Date(this.clock.now() + this.config.auth.refreshTokenTtlSeconds * 1000);
  }
}

/** The same for every use of a token, so that it need not be kept; nobody can tell it from the token without the key. */
function successorOf(token: string, key: string): string {
  return createHmac('sha256', key).update(`${SUCCESSOR_PURPOSE}${token}`).digest('base64url');
}

function parseToken(token: string): { familyId: string; secret: string } {
  const [, familyId, secret] = TOKEN_FORMAT.exec(token) ?? [];
  if (familyId === undefined || secret === undefined) {
    throw errors.unauthenticated('The refresh token is not valid.');
  }
  return { familyId, secret };
}
