import type { Role } from '../principal.js';

/** An account of our own; with an external issuer there are none. */
export interface User {
  readonly id: string;
  /** Normalised; unique. */
  readonly email: string;
  /** argon2id in PHC string format. */
  readonly passwordHash: string;
  readonly roles: readonly Role[];
  readonly createdAt: Date;
}
