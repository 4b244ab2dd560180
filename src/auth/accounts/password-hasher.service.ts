import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';

/** argon2id at the OWASP minimum (19 MiB, 2 passes, 1 lane), spelt out so that a new library default can't weaken it. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Hashes passwords with argon2id, off the event loop. */
@Injectable()
export class PasswordHasher {
  private decoy: Promise<string> | undefined;

  /** @returns a PHC string that carries its salt and parameters */
  hash(password: string): Promise<string> {
    return hash(password, ARGON2ID);
  }

  /**
   * @param passwordHash the account's, or `undefined` when there is no account: then as much time is spent on a hash that nothing
   *   matches, so that the duration doesn't tell whether an e-mail is known
   */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= this.hash(randomBytes(32).toString('base64'));
    const matches = await verify(passwordHash ?? (await this.decoy), password);
    return matches && passwordHash !== undefined;
  }
}
