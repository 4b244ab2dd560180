import { Injectable } from '@nestjs/common';
import type { Role } from '../../contract/principal.js';
import { Clock } from '../../platform/clock.port.js';
import { errors } from '../../platform/errors/errors.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import type { User } from '../accounts/user.js';
import { UserStore, type UserFilter } from '../accounts/user.store.port.js';
import { RevokedAccess } from '../directory/revoked-access.service.js';
import { UserDirectory, type ExternalIdentity } from '../directory/user-directory.port.js';
import { LastAdmin } from './last-admin.service.js';

/** What an administrator changes of a user; what is absent stays. */
export interface UserSettings {
  readonly roles?: readonly Role[];
  readonly disabled?: boolean;
}

export interface UserPage {
  readonly users: readonly User[];
  /** The last of them, when there are more. */
  readonly next?: string;
}

/** Users as administrators see and change them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UserStore,
    private readonly directory: UserDirectory,
    private readonly access: RevokedAccess,
    private readonly lastAdmin: LastAdmin,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** Newest first. */
  async list(filter: UserFilter, after: string | undefined, limit: number): Promise<UserPage> {
    const found = await this.users.list(filter, after, limit + 1);
    const users = found.slice(0, limit);
    const next = found.length > limit ? users.at(-1)?.id : undefined;
    return { users, ...(next === undefined ? {} : { next }) };
  }

  /** @throws AppError `not_found` */
  async find(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (user === undefined) throw errors.notFound('The user');
    return user;
  }

  /** Which external issuer's user it is; `undefined` for an account of our own. */
  identityOf(id: string): Promise<ExternalIdentity | undefined> {
    return this.directory.identityOf(id);
  }

  /**
   * @param by the administrator's id, for the log
   * @throws AppError `not_found`; `conflict` for the roles of a user whose issuer tells them, and where no admin would be left
   */
  async change(id: string, settings: UserSettings, by: string): Promise<User> {
    const before = await this.find(id);
    const roles = settings.roles;
    if (roles !== undefined && before.email === undefined)
      throw errors.conflict('The roles of this user are told by the identity provider.');
    const isGiven = { roles: roles !== undefined, disabled: settings.disabled !== undefined };
    if (!isGiven.roles && !isGiven.disabled) return before;
    const change = {
      ...(roles === undefined ? {} : { roles: [...new Set(roles)] }),
      ...(settings.disabled === undefined ? {} : { disabledAt: this.disabledAt(before, settings.disabled) }),
    };
    const leavesNoAdmin = settings.disabled === true || roles?.includes('admin') === false;
    const changed = leavesNoAdmin
      ? await this.lastAdmin.leave(id, (claimId) => this.users.change(id, change, claimId))
      : await this.users.change(id, change);
    if (changed === undefined) throw errors.notFound('The user');
    this.directory.changed(id);
    if (settings.disabled === true) await this.access.revoked(id);
    this.log.info({ userId: id, by, ...settings }, 'A user was changed');
    return changed;
  }

  /** @throws AppError `not_found`; `conflict` where no admin would be left */
  async assertMayGo(id: string): Promise<void> {
    await this.find(id);
    await this.lastAdmin.assertNotLast(id);
  }

  private disabledAt(before: User, isDisabled: boolean): Date | null {
    return isDisabled ? (before.disabledAt ?? new Date(this.clock.now())) : null;
  }
}
