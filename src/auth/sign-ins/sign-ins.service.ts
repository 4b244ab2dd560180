import { Injectable } from '@nestjs/common';
import type { Principal } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { UserStore, type UserChange } from '../accounts/user.store.port.js';
import { RevokedAccess } from '../directory/revoked-access.service.js';
import { UserDirectory } from '../directory/user-directory.port.js';
import { OpenSignIns } from '../tokens/open-sign-ins.service.js';
import { MAX_SIGN_INS_PER_USER } from '../tokens/refresh-token.service.js';
import { RefreshTokenStore, type RefreshTokenFamily } from '../tokens/refresh-token.store.port.js';

/** A list shows all that a user may have. */
export const MAX_LISTED_SIGN_INS = MAX_SIGN_INS_PER_USER;

/** Where a user is signed in: shown, and ended one by one or all at once. Callers with an API key never get here (`@ForAccessTokens`): a leaked one must not sign its owner out, nor tell where they are. */
@Injectable()
export class SignInsService {
  constructor(
    private readonly families: RefreshTokenStore,
    private readonly open: OpenSignIns,
    private readonly users: UserStore,
    private readonly directory: UserDirectory,
    private readonly access: RevokedAccess,
    private readonly clock: Clock,
  ) {}

  /** Newest first, one more than {@link MAX_LISTED_SIGN_INS} when there are more. */
  list(caller: Principal): Promise<readonly RefreshTokenFamily[]> {
    return this.listOf(caller.userId);
  }

  /** The same for an administrator. */
  listOf(userId: string): Promise<readonly RefreshTokenFamily[]> {
    return this.families.listOf(userId, new Date(this.clock.now()), MAX_LISTED_SIGN_INS + 1);
  }

  /** @throws AppError `not_found` when the caller has no such sign-in */
  async end(caller: Principal, id: string): Promise<void> {
    if (!(await this.families.removeOf(caller.userId, id))) throw errors.notFound('The sign-in');
    this.open.ended(id);
  }

  async endOwn(caller: Principal): Promise<void> {
    await this.endAll(caller.userId);
  }

  /** The same by an administrator; what the user is in the middle of ends, too. @throws AppError `not_found` */
  async revokeAll(userId: string): Promise<void> {
    await this.endAll(userId, { accessRevokedAt: new Date(this.clock.now()) });
    await this.access.revoked(userId);
  }

  /**
   * Ends all sign-ins of a user: every token that was made before is refused from now on. API keys stay.
   * @throws AppError `not_found`
   */
  async endAll(userId: string, change: Pick<UserChange, 'accessRevokedAt'> = {}): Promise<void> {
    // First: a log-in under way looks for it behind its own write.
    const user = await this.users.change(userId, {
      ...change,
      signedOutAt: new Date(this.clock.now()),
    });
    if (user === undefined) throw errors.notFound('The user');
    await this.families.removeAllOf(userId);
    this.directory.changed(userId);
  }
}
