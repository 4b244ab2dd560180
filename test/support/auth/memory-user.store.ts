import type { AdminClaim, OwnUser, PendingReset, User } from '../../../src/auth/accounts/user.js';
import { UserStore, type UserChange, type UserFilter } from '../../../src/auth/accounts/user.store.port.js';

/** Held to the same contract suite as the real one; counts look-ups by id. */
export class MemoryUserStore extends UserStore {
  readonly users = new Map<string, User>();
  lookUps = 0;

  insert(user: OwnUser): Promise<boolean> {
    const taken = [...this.users.values()].some(({ email }) => email === user.email);
    if (!taken) this.users.set(user.id, user);
    return Promise.resolve(!taken);
  }

  ensure(user: User): Promise<void> {
    if (!this.users.has(user.id)) this.users.set(user.id, user);
    return Promise.resolve();
  }

  findByEmail(email: string): Promise<OwnUser | undefined> {
    const own = [...this.users.values()].filter((user): user is OwnUser => user.email !== undefined);
    return Promise.resolve(own.find((user) => user.email === email));
  }

  findById(id: string): Promise<User | undefined> {
    this.lookUps += 1;
    return Promise.resolve(this.users.get(id));
  }

  list(filter: UserFilter, after: string | undefined, limit: number): Promise<readonly User[]> {
    const { emailPrefix = '', role, isDisabled, tenantId } = filter;
    const found = [...this.users.values()].filter(
      (user) =>
        (emailPrefix === '' || user.email?.startsWith(emailPrefix) === true) &&
        (tenantId === undefined || user.tenantId === tenantId) &&
        (role === undefined || user.roles.includes(role)) &&
        (isDisabled === undefined || (user.disabledAt !== undefined) === isDisabled) &&
        (after === undefined || user.id < after),
    );
    return Promise.resolve(found.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit));
  }

  change(
    id: string,
    { roles, disabledAt, signedOutAt, accessRevokedAt }: UserChange,
    claimId?: string,
  ): Promise<User | undefined> {
    const user = this.users.get(id);
    const isClaimed = claimId === undefined || user?.adminClaim?.id === claimId;
    if (user === undefined || !isClaimed) return Promise.resolve(undefined);
    const { disabledAt: before, adminClaim, ...kept } = user;
    const at = disabledAt === undefined ? before : (disabledAt ?? undefined);
    const changed = {
      ...kept,
      roles: roles ?? user.roles,
      ...(claimId !== undefined || adminClaim === undefined ? {} : { adminClaim }),
      ...(at === undefined ? {} : { disabledAt: at }),
      ...(signedOutAt === undefined ? {} : { signedOutAt }),
      ...(accessRevokedAt === undefined ? {} : { accessRevokedAt }),
    };
    this.users.set(id, changed);
    return Promise.resolve(changed);
  }

  moveTo(id: string, tenantId: string, tenantSince: Date): Promise<boolean> {
    const user = this.users.get(id);
    const isLater = user !== undefined && (user.tenantSince === undefined || user.tenantSince < tenantSince);
    if (isLater) this.users.set(id, { ...user, tenantId, tenantSince });
    return Promise.resolve(isLater);
  }

  affirmTenant(id: string, tenantId: string, since: Date): Promise<void> {
    const user = this.users.get(id);
    if (user?.tenantId === tenantId && (user.tenantSince === undefined || user.tenantSince < since))
      this.users.set(id, { ...user, tenantSince: since });
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.users.delete(id);
    return Promise.resolve();
  }

  hasOtherAdmin(id: string): Promise<boolean> {
    const others = [...this.users.values()].filter(
      (user) => user.id !== id && user.disabledAt === undefined && user.adminClaim === undefined,
    );
    return Promise.resolve(others.some(({ roles }) => roles.includes('admin')));
  }

  claimAdmin(id: string, adminClaim: AdminClaim): Promise<boolean> {
    const user = this.users.get(id);
    if (user === undefined || user.adminClaim !== undefined) return Promise.resolve(false);
    this.users.set(id, { ...user, adminClaim });
    return Promise.resolve(true);
  }

  unclaimAdmin(id: string, claimId: string): Promise<void> {
    const { adminClaim, ...user } = this.users.get(id) ?? ({} as User);
    if (adminClaim?.id === claimId) this.users.set(id, user);
    return Promise.resolve();
  }

  async dropAdminClaims(id: string, before: Date): Promise<void> {
    for (const user of [...this.users.values()]) {
      const { adminClaim } = user;
      const isMeant = user.id === id || user.roles.includes('admin');
      if (isMeant && adminClaim !== undefined && adminClaim.at < before)
        await this.unclaimAdmin(user.id, adminClaim.id);
    }
  }

  setPasswordHash(id: string, passwordHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user === undefined) return Promise.resolve();
    const { passwordReset: _, ...kept } = user;
    this.users.set(id, { ...kept, passwordHash });
    return Promise.resolve();
  }

  async replacePasswordHash(id: string, knownHash: string, passwordHash: string): Promise<boolean> {
    if (this.users.get(id)?.passwordHash !== knownHash) return false;
    await this.setPasswordHash(id, passwordHash);
    return true;
  }

  setPasswordReset(id: string, passwordReset: PendingReset): Promise<void> {
    const user = this.users.get(id);
    if (user !== undefined) this.users.set(id, { ...user, passwordReset });
    return Promise.resolve();
  }

  async resetPassword(id: string, resetHash: string, passwordHash: string): Promise<boolean> {
    if (this.users.get(id)?.passwordReset?.hash !== resetHash) return false;
    await this.setPasswordHash(id, passwordHash);
    return true;
  }
}
