/**
 * A login and the refresh tokens that follow one another in it, of which only the newest is good. One document per login: that is
 * what makes a rotation a single conditional update, and ending the login a single removal that no rotation can outrun.
 */
export interface RefreshTokenFamily {
  readonly id: string;
  readonly userId: string;
  /** SHA-256 of the newest token's secret. */
  readonly secretHash: string;
  /** What it was rotated from, if it has been. */
  readonly rotated?: LastRotation;
  /** What the client called itself when it signed in; cut to what is kept. */
  readonly userAgent?: string;
  readonly createdAt: Date;
  /** When the newest token ends, and the login with it. */
  readonly expiresAt: Date;
}

/** The rotation that the newest secret came from. */
export interface LastRotation {
  readonly fromHash: string;
  readonly at: Date;
}

/** A rotation from one secret to the next. */
export interface Rotation {
  readonly familyId: string;
  readonly fromHash: string;
  readonly toHash: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** Where logins live. Expired ones vanish by themselves some time after they ended. */
export abstract class RefreshTokenStore {
  abstract insert(family: RefreshTokenFamily): Promise<void>;
  /**
   * Replaces the secret if `fromHash` is the newest and the login has not expired; atomic, so that of concurrent rotations
   * from one secret exactly one succeeds.
   * @returns the login's user, or `undefined` when nothing was changed
   */
  abstract rotate(rotation: Rotation): Promise<{ readonly userId: string } | undefined>;
  /**
   * Finds a rotation that has been made, as long as its successor is the newest secret and the login has not expired.
   * @param after only one that was made later than this
   * @returns whose login it is and when it was made; `undefined` for any other
   */
  abstract findRotated(
    rotation: Pick<Rotation, 'familyId' | 'fromHash' | 'toHash' | 'now'>,
    after: Date,
  ): Promise<{ readonly userId: string; readonly at: Date } | undefined>;
  abstract exists(familyId: string): Promise<boolean>;
  /** Newest first, without those that have expired. */
  abstract listOf(userId: string, now: Date, limit: number): Promise<readonly RefreshTokenFamily[]>;
  /** Ends a login of this user. @returns false when there is none */
  abstract removeOf(userId: string, familyId: string): Promise<boolean>;
  /** Ends all logins of a user, but for one. */
  abstract removeAllOf(userId: string, exceptId?: string): Promise<void>;
  /** Ends a login. @returns whose it was, or `undefined` when there was none */
  abstract remove(familyId: string): Promise<{ readonly userId: string } | undefined>;
}
