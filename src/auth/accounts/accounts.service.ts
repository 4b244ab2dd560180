import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock.port.js';
import { newId } from '../../platform/ids.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { DEFAULT_TENANT } from '../../platform/tenant.js';
import type { Role } from '../../contract/principal.js';
import { SignupCredits } from '../signup-credits.port.js';
import { normaliseEmail } from './email.js';
import { PasswordHasher } from './password-hasher.service.js';
import type { OwnUser, User } from './user.js';
import { UserStore } from './user.store.port.js';

export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly roles: readonly Role[];
}

/** Makes and finds accounts. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly users: UserStore,
    private readonly passwords: PasswordHasher,
    private readonly signupCredits: SignupCredits,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
  ) {}

  /** @returns the new account, or `undefined` when its e-mail is taken */
  async create(account: NewAccount): Promise<OwnUser | undefined> {
    const user: OwnUser = {
      id: newId(),
      tenantId: DEFAULT_TENANT,
      accountId: randomUUID(),
      email: normaliseEmail(account.email),
      passwordHash: await this.passwords.hash(account.password),
      roles: account.roles,
      createdAt: new Date(this.clock.now()),
    };
    if (!(await this.users.insert(user))) return undefined;
    await this.grantSignupCredits(user);
    return user;
  }

  find(email: string): Promise<OwnUser | undefined> {
    return this.users.findByEmail(normaliseEmail(email));
  }

  findById(id: string): Promise<User | undefined> {
    return this.users.findById(id);
  }

  /** @returns the account of the e-mail, and whether the password is its own; takes as long when there is no such account */
  async checkPassword(
    email: string,
    password: string,
  ): Promise<{ readonly user: OwnUser | undefined; readonly matches: boolean }> {
    const user = await this.find(email);
    return { user, matches: await this.passwords.matches(user?.passwordHash, password) };
  }

  /** @returns whether the password had to be changed */
  async ensurePassword(user: OwnUser, password: string): Promise<boolean> {
    if (await this.passwords.matches(user.passwordHash, password)) return false;
    await this.users.setPasswordHash(user.id, await this.passwords.hash(password));
    return true;
  }

  /** Never fails: an account without its credits is better than none, and accounting repeats the grant when it opens the account. */
  async grantSignupCredits({ id, accountId }: User): Promise<void> {
    try {
      await this.signupCredits.grantOnce(accountId);
    } catch (error) {
      this.log.warn({ userId: id, err: error }, 'The sign-up credits could not be granted yet');
    }
  }
}
