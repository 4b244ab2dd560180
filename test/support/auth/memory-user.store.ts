import type { User } from '../../../src/auth/accounts/user.js';
import { UserStore } from '../../../src/auth/accounts/user.store.port.js';

/** Held to the same contract suite as the real one. */
export class MemoryUserStore extends UserStore {
  readonly users = new Map<string, User>();

  insert(user: User): Promise<boolean> {
    const taken = [...this.users.values()].some(({ email }) => email === user.email);
    if (!taken) this.users.set(user.id, user);
    return Promise.resolve(!taken);
  }

  findByEmail(email: string): Promise<User | undefined> {
    return Promise.resolve([...this.users.values()].find((user) => user.email === email));
  }

  findById(id: string): Promise<User | undefined> {
    return Promise.resolve(this.users.get(id));
  }

  setPasswordHash(id: string, passwordHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user !== undefined) this.users.set(id, { ...user, passwordHash });
    return Promise.resolve();
  }
}
