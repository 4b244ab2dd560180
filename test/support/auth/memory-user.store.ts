import type { OwnUser, User } from '../../../src/auth/accounts/user.js';
import { UserStore } from '../../../src/auth/accounts/user.store.port.js';

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

  setPasswordHash(id: string, passwordHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user !== undefined) this.users.set(id, { ...user, passwordHash });
    return Promise.resolve();
  }
}
