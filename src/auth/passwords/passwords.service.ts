import { Injectable } from '@nestjs/common';
import { AuditFailures } from '../../audit/audit-failures.service.js';
import { AuditLog, type AuditQuestion } from '../../audit/audit-log.service.js';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { PasswordHasher } from '../accounts/password-hasher.service.js';
import type { OwnUser } from '../accounts/user.js';
import { UserStore } from '../accounts/user.store.port.js';
import { weaknessOf } from '../accounts/weak-password.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import { addressBlock } from '../login/address-block.js';
import { LoginThrottle } from '../login/login-throttle.service.js';
import type { Origin } from '../login/origin.decorator.js';
import { hashSecret } from '../secret-hash.js';
import { RefreshTokenStore } from '../tokens/refresh-token.store.port.js';

/** `<user id>.<secret>` */
const RESET_TOKEN = /^([\w-]{1,64})\.([\w-]{43})$/;

/** Changes passwords: by whoever knows the one of now, or by a token that is good for one use. */
@Injectable()
export class PasswordsService {
  constructor(
    private readonly users: UserStore,
    private readonly hasher: PasswordHasher,
    private readonly families: RefreshTokenStore,
    private readonly directory: UserDirectory,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditLog,
    private readonly failures: AuditFailures,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends all sign-ins but the caller's own.
   * @param address where the request came from, for throttling: a stolen access token must not be used to guess
   * @throws AppError `forbidden` to a caller without a password here, or when the password of now is wrong; `validation_failed` for a weak one; `rate_limited`,
   *   `overloaded`
   */
  async change(caller: Principal, current: string, next: string, address: string): Promise<void> {
    const { id, email, passwordHash } = await this.ownAccountOf(caller);
    assertStrong(next, email);
    await this.assertKnows({ email, passwordHash }, current, address);
    const isChanged = await this.users.replacePasswordHash(id, passwordHash, await this.hasher.hash(next));
    // Meanwhile it was reset: whoever knew the one of before must not undo that.
    if (!isChanged) throw errors.forbidden('The password is wrong.');
    await this.signOut(id, caller.loginId);
  }

  /**
   * Makes sure that whoever is signed in is also who knows the password.
   * @throws AppError `forbidden` to a caller without a password here, or when it is wrong; `rate_limited`, `overloaded`
   */
  async confirm(caller: Principal, password: string, address: string): Promise<void> {
    await this.assertKnows(await this.ownAccountOf(caller), password, address);
  }

  private async ownAccountOf({ userId }: Principal): Promise<OwnUser> {
    const user = await this.users.findById(userId);
    if (user === undefined) throw errors.unauthenticated();
    if (user.email === undefined || user.passwordHash === undefined)
      throw errors.forbidden('Your password is kept by your identity provider.');
    return { ...user, email: user.email, passwordHash: user.passwordHash };
  }

  private async assertKnows(
    { email, passwordHash }: Pick<OwnUser, 'email' | 'passwordHash'>,
    password: string,
    address: string,
  ): Promise<void> {
    await this.throttle.check(email, address);
    if (!(await this.hasher.matches(passwordHash, password))) {
      await this.throttle.noteFailure(email, address);
      throw errors.forbidden('The password is wrong.');
    }
    this.throttle.noteSuccess(email, address);
  }

  /**
   * Ends all sign-ins.
   * @throws AppError `unauthenticated` for a token that is unknown, used or expired; `validation_failed` for a weak password; `account_disabled`,
   *   `overloaded`
   */
  async reset(token: string, next: string, origin: Origin): Promise<void> {
    const [, userId, secret] = RESET_TOKEN.exec(token) ?? [];
    const user = userId === undefined ? undefined : await this.users.findById(userId);
    const reset = user?.passwordReset;
    const now = new Date(this.clock.now());
    const isGood = secret !== undefined && reset?.hash === hashSecret(secret) && reset.expiresAt > now;
    if (!isGood || user?.email === undefined) {
      this.failures.note({
        action: 'user.set-password',
        code: 'unauthenticated',
        ...(user === undefined ? {} : { userId: user.id }),
        address: addressBlock(origin.address),
      });
      throw refusedReset();
    }
    if (user.disabledAt !== undefined) throw errors.accountDisabled();
    assertStrong(next, user.email);
    const { id } = user;
    const passwordHash = await this.hasher.hash(next);
    const { requestId } = origin;
    const question: AuditQuestion = {
      action: 'user.set-password',
      actorId: id,
      targetKind: 'user',
      targetId: id,
      ...(requestId === undefined ? {} : { requestId }),
    };
    await this.audit.around(question, async () => {
      // Of two at once, one.
      if (!(await this.users.resetPassword(id, reset.hash, passwordHash))) throw refusedReset();
      await this.signOut(id);
    });
  }

  private async signOut(userId: string, exceptId?: string): Promise<void> {
    await this.families.removeAllOf(userId, exceptId);
    this.directory.changed(userId);
  }
}

function refusedReset(): Error {
  return errors.unauthenticated('The token is not valid any more.');
}

function assertStrong(password: string, email: string): void {
  const weakness = weaknessOf(password, email);
  if (weakness !== undefined)
    throw errors.validation([{ field: 'new_password', message: `new_password ${weakness}` }]);
}
