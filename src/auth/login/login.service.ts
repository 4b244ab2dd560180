import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { AccountsService } from '../accounts/accounts.service.js';
import type { OwnUser, User } from '../accounts/user.js';
import { weaknessOf } from '../accounts/weak-password.js';
import { hashSecret } from '../secret-hash.js';
import { AccessTokenService } from '../tokens/access-token.service.js';
import { RefreshTokenService, type IssuedRefreshToken } from '../tokens/refresh-token.service.js';
import { LoginThrottle } from './login-throttle.service.js';

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
    private readonly clock: Clock,
  ) {}

  /**
   * @param address where the request came from, for throttling
   * @throws AppError `forbidden` when registration is closed, `validation_failed` for a weak password, `conflict` when the e-mail is taken;
   *   `rate_limited`; `overloaded`
   */
  async register(email: string, password: string, address: string): Promise<OwnUser> {
    if (this.config.accounts.registration === 'closed') throw errors.forbidden('Registration is closed.');
    const weakness = weaknessOf(password, email);
    if (weakness !== undefined)
      throw errors.validation([{ field: 'password', message: `password ${weakness}` }]);
    await this.throttle.noteRegistration(address);
    const user = await this.accounts.create({ email, password, roles: ['user'] });
    if (user === undefined) throw errors.conflict('There is an account with this e-mail.');
    return user;
  }

  /**
   * @param address where the request came from, for throttling
   * @param userAgent what the client calls itself
   * @throws AppError `unauthenticated`, the same for an unknown e-mail and a wrong password; `account_disabled` with the right one; `rate_limited`; `overloaded`
   */
  async login(email: string, password: string, address: string, userAgent?: string): Promise<TokenPair> {
    await this.throttle.check(email, address);
    const user = await this.accounts.findByPassword(email, password);
    if (user === undefined) {
      await this.throttle.noteFailure(email, address);
      throw errors.unauthenticated('The e-mail or the password is wrong.');
    }
    await this.throttle.check(email, address);
    this.throttle.noteSuccess(email, address);
    // Told to nobody who does not know the password.
    if (user.disabledAt !== undefined) throw errors.accountDisabled();
    const issued = await this.refreshTokens.issue(user.id, userAgent);
    await this.assertUnchanged(user, issued);
    return this.pair(user, issued);
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
  async logout(loginId: string | undefined, refreshToken: string | undefined): Promise<void> {
    if (loginId === undefined && refreshToken === undefined) throw errors.unauthenticated();
    if (loginId !== undefined) await this.refreshTokens.revokeFamily(loginId);
    if (refreshToken !== undefined) await this.refreshTokens.revoke(refreshToken);
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
