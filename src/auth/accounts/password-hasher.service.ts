import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { errors } from '../../platform/errors/errors.js';

/** argon2id at the OWASP minimum (19 MiB, 2 passes, 1 lane), spelt out so that a new library default can't weaken it. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Each takes one of the process's four threads for some 20 ms, and 19 MiB: the others are left to files, DNS and the embedded database. */
export const MAX_CONCURRENT_HASHES = 2;
/** Beyond it 503 `overloaded`: about as many as get their turn in two seconds. */
export const MAX_WAITING_HASHES = 200;
const OVERLOAD_RETRY_AFTER_SECONDS = 2;

/** Hashes passwords with argon2id, off the event loop, a few at a time. */
@Injectable()
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private decoy: Promise<string> | undefined;

  /**
   * @returns a PHC string that carries its salt and parameters
   * @throws AppError `overloaded` when too many wait
   */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password, ARGON2ID));
  }

  /**
   * @param passwordHash the account's, or `undefined` when there is no account: then as much time is spent on a hash that nothing
   *   matches, so that the duration doesn't tell whether an e-mail is known
   * @throws AppError `overloaded` when too many wait
   */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    const compared = passwordHash ?? (await this.decoyHash());
    const matches = await this.inTurn(() => verify(compared, password));
    return matches && passwordHash !== undefined;
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= hash(randomBytes(32).toString('base64'), ARGON2ID);
    return this.decoy;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < MAX_CONCURRENT_HASHES) this.running += 1;
    else await this.place();
    try {
      return await work();
    } finally {
      // Whoever waits takes over the place, so that nobody who comes now gets in before.
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }

  private place(): Promise<void> {
    if (this.waiting.length >= MAX_WAITING_HASHES) throw errors.tooManyLogins(OVERLOAD_RETRY_AFTER_SECONDS);
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
