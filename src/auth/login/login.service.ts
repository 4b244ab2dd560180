import { Injectable } from '@nestjs/common';
import { AuditFailures, type Failure } from '../../audit/audit-failures.service.js';
import { AuditLog, type AuditQuestion } from '../../audit/audit-log.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { AppError } from '../../platform/errors/app.error.js';
import { errors } from '../../platform/errors/errors.js';
import { AccountsService } from '../accounts/accounts.service.js';
import type { OwnUser, User } from '../accounts/user.js';
import { weaknessOf } from '../accounts/weak-password.js';
import { hashSecret } from '../secret-hash.js';
import { AccessTokenService } from '../tokens/access-token.service.js';
import {
  RefreshTokenService,
  type EndedLogin,
  type IssuedRefreshToken,
} from '../tokens/refresh-token.service.js';
import { addressBlock } from './address-block.js';
import { LoginThrottle } from './login-throttle.service.js';

import type { Origin } from './origin.decorator.js';

/** Hexadecimal digits: 128 bits. */
const TOKEN_ID_CHARACTERS = 32;

/** What a client gets to act for a user. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** Registration, login, refresh and logout of our own accounts. */
@Injectable()
export class LoginService {
  constructor(
    private readonly config: AppConfig,
    private readonly accounts: AccountsService,
    private readonly accessTokens: AccessTokenService,
    private readonly refreshTokens: RefreshTokenService,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditLog,
    private readonly failures: AuditFailures,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AppError `forbidden` when registration is closed, `validation_failed` for a weak password, `conflict` when the e-mail is taken;
   *   `rate_limited`; `overloaded`
   */
  async register(email: string, password: string, origin: Origin): Promise<OwnUser> {
    if (this.config.accounts.registration === 'closed') throw errors.forbidden('Registration is closed.');
    const weakness = weaknessOf(password, email);
    if (weakness !== undefined)
      throw errors.validation([{ field: 'password', message: `password ${weakness}` }]);
    await this.noting({ action: 'user.register', code: 'rate_limited', ...fromWhere(origin) }, () =>
      this.throttle.noteRegistration(origin.address),
    );
    const create = async (): Promise<OwnUser> => {
      const user = await this.accounts.create({ email, password, roles: ['user'] });
      if (user === undefined) throw errors.conflict('There is an account with this e-mail.');
      return user;
    };
    return this.audit.around({ action: 'user.register', ...requestOf(origin) }, create, ({ id }) => ({
      actorId: id,
      targetKind: 'user',
      targetId: id,
    }));
  }

  /**
   * @throws AppError `unauthenticated`, the same for an unknown e-mail and a wrong password; `account_disabled` with the right one; `rate_limited`; `overloaded`
   */
  async login(email: string, password: string, origin: Origin): Promise<TokenPair> {
    const { address } = origin;
    await this.throttled(email, origin);
    const { user, matches } = await this.accounts.checkPassword(email, password);
    if (user === undefined || !matches) {
      this.failed('unauthenticated', origin, user);
      await this.noting({ action: 'sign-in.throttle', code: 'rate_limited', ...fromWhere(origin) }, () =>
        this.throttle.noteFailure(email, address),
      );
      throw errors.unauthenticated('The e-mail or the password is wrong.');
    }
    await this.throttled(email, origin);
    this.throttle.noteSuccess(email, address);
    // Told to nobody who does not know the password.
    if (user.disabledAt !== undefined) {
      this.failed('account_disabled', origin, user);
      throw errors.accountDisabled();
    }
    const issued = await this.refreshTokens.issue(user.id, origin.userAgent);
    await this.assertUnchanged(user, issued);
    await this.noteSignIn(issued, origin);
    return this.pair(user, issued);
  }

  private throttled(email: string, origin: Origin): Promise<void> {
    return this.noting({ action: 'sign-in.throttle', code: 'rate_limited', ...fromWhere(origin) }, () =>
      this.throttle.check(email, origin.address),
    );
  }

  private failed(code: 'unauthenticated' | 'account_disabled', origin: Origin, user?: OwnUser): void {
    const about = user === undefined ? {} : { userId: user.id };
    this.failures.note({ action: 'sign-in.fail', code, ...about, ...fromWhere(origin) });
  }

  /** Nobody gets tokens of which nothing is written. */
  private async noteSignIn(issued: IssuedRefreshToken, origin: Origin): Promise<void> {
    try {
      await this.audit.write({ action: 'sign-in.create', phase: 'done', ...signIn(issued, origin) });
    } catch (error) {
      await this.refreshTokens.revokeFamily(issued.familyId);
      throw error;
    }
  }

  /** @throws what `work` throws; that it did is noted if it has this code */
  private async noting(failure: Failure, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof AppError && error.code === failure.code) this.failures.note(failure);
      throw error;
    }
  }

  /** Whoever signs the user out or changes the password ends the sign-ins that are there; this one may have come a moment later. */
  private async assertUnchanged(user: OwnUser, { familyId }: IssuedRefreshToken): Promise<void> {
    const now = await this.accounts.findById(user.id);
    const isSame =
      now?.passwordHash === user.passwordHash &&
      now.signedOutAt?.getTime() === user.signedOutAt?.getTime() &&
      now.disabledAt === undefined;
    if (isSame) return;
    await this.refreshTokens.revokeFamily(familyId);
    throw errors.unauthenticated('You have been signed out: sign in again.');
  }

  /** @throws AppError `unauthenticated` for a token that is unknown, expired, used some time before, or whose user is gone; `account_disabled` */
  async refresh(refreshToken: string): Promise<TokenPair> {
    const next = await this.refreshTokens.rotate(refreshToken);
    const user = await this.accounts.findById(next.userId);
    if (user !== undefined && user.disabledAt === undefined) return this.pair(user, next);
    await this.refreshTokens.revokeFamily(next.familyId);
    if (user !== undefined) throw errors.accountDisabled();
    throw errors.unauthenticated('The account does not exist any more.');
  }

  /**
   * Ends a login: none of its tokens works any more.
   * @throws AppError `unauthenticated` when neither a login nor a refresh token says which
   */
  async logout(loginId: string | undefined, refreshToken: string | undefined, origin: Origin): Promise<void> {
    if (loginId === undefined && refreshToken === undefined) throw errors.unauthenticated();
    // One after the other: both may be of the same login.
    const byLogin = loginId === undefined ? undefined : await this.refreshTokens.revokeFamily(loginId);
    const byToken = refreshToken === undefined ? undefined : await this.refreshTokens.revoke(refreshToken);
    for (const ended of [byLogin, byToken]) {
      // What ended nothing is nothing to write down: anybody may send it as often as they like.
      if (ended === undefined) continue;
      await this.audit.write({ action: 'sign-in.end', phase: 'done', ...signIn(ended, origin) });
    }
  }

  /** The same pair for the same refresh token, however often it is asked for. */
  private async pair(user: User, { token, familyId, issuedAt }: IssuedRefreshToken): Promise<TokenPair> {
    const id = hashSecret(`jti:${token}`).slice(0, TOKEN_ID_CHARACTERS);
    const ageSeconds = Math.max(0, Math.floor((this.clock.now() - issuedAt.getTime()) / 1000));
    return {
      accessToken: await this.accessTokens.sign(user, { id, loginId: familyId, issuedAt }),
      refreshToken: token,
      expiresInSeconds: Math.max(0, this.accessTokens.expiresInSeconds - ageSeconds),
    };
  }
}

function fromWhere({ address }: Origin): Pick<Failure, 'address'> {
  return { address: addressBlock(address) };
}

function requestOf({ requestId }: Origin): Pick<AuditQuestion, 'requestId'> {
  return requestId === undefined ? {} : { requestId };
}

function signIn({ userId, familyId }: EndedLogin, origin: Origin) {
  return { actorId: userId, targetKind: 'sign-in', targetId: familyId, ...requestOf(origin) } as const;
}
