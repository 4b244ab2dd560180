import {
  UserIdentityStore,
  type UserIdentity,
} from '../../../src/auth/directory/user-identity.store.port.js';

/** Held to the same contract suite as the real one; counts look-ups. */
export class MemoryUserIdentityStore extends UserIdentityStore {
  readonly identities = new Map<string, UserIdentity>();
  lookUps = 0;

  find(issuer: string, subject: string): Promise<UserIdentity | undefined> {
    this.lookUps += 1;
    return Promise.resolve(this.identities.get(JSON.stringify([issuer, subject])));
  }

  findByUser(userId: string): Promise<UserIdentity | undefined> {
    this.lookUps += 1;
    return Promise.resolve([...this.identities.values()].find((identity) => identity.userId === userId));
  }

  removeOf(userId: string): Promise<UserIdentity | undefined> {
    const found = [...this.identities].find(([, identity]) => identity.userId === userId);
    if (found !== undefined) this.identities.delete(found[0]);
    return Promise.resolve(found?.[1]);
  }

  ensure(identity: UserIdentity): Promise<UserIdentity> {
    const name = JSON.stringify([identity.issuer, identity.subject]);
    const stored = this.identities.get(name) ?? identity;
    this.identities.set(name, stored);
    return Promise.resolve(stored);
  }
}
