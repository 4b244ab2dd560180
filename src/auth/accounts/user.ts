import type { Role } from '../../contract/principal.js';

/** Somebody whom records belong to. Those who sign in at an external issuer have neither e-mail nor password here. */
export interface User {
  readonly id: string;
  readonly tenantId: string;
  /** When the token was issued that told the tenant, by its issuer's clock. Absent: none did. */
  readonly tenantSince?: Date;
  /** The user's credit account: a random id, so that the ledger does not tell whose its rows are once this record is gone. */
  readonly accountId: string;
  /** Normalised; unique. */
  readonly email?: string;
  /** argon2id in PHC string format. */
  readonly passwordHash?: string;
  /** Of external users the issuer's tokens tell the roles. */
  readonly roles: readonly Role[];
  readonly createdAt: Date;
  /** Since when the user is refused everywhere; absent: is not. */
  readonly disabledAt?: Date;
  /** When the user was last signed out everywhere: tokens of before are refused. */
  readonly signedOutAt?: Date;
  /** When an administrator last signed the user out: what the user was in the middle of had to end. */
  readonly accessRevokedAt?: Date;
  /** Somebody is about to take the role of an admin from this one, who does not count as one meanwhile. */
  readonly adminClaim?: AdminClaim;
  /** The token with which the password may be set once. */
  readonly passwordReset?: PendingReset;
}

export interface AdminClaim {
  readonly id: string;
  readonly at: Date;
}

export interface PendingReset {
  /** SHA-256 of the token's secret. */
  readonly hash: string;
  readonly expiresAt: Date;
}

/** A user who signs in here. */
export type OwnUser = User & Required<Pick<User, 'email' | 'passwordHash'>>;
