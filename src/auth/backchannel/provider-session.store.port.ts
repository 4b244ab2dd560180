/** A session at an external issuer, as far as something has to be known of it here. */
export interface ProviderSession {
  /** See `providerKey`. */
  readonly id: string;
  /** Whose session it is; absent where the issuer ended it before anybody came with it. */
  readonly userId?: string;
  /** Up to when, by the issuer's clock, its tokens were issued that are refused; absent: it has not ended. */
  readonly endedAt?: Date;
  /** When it is forgotten. */
  readonly expiresAt: Date;
}

/** Where sessions at external issuers are remembered: whose they are, and that they have ended. Expired ones vanish by themselves some time later. */
export abstract class ProviderSessionStore {
  abstract find(id: string): Promise<ProviderSession | undefined>;
  /** Stores it; where it is there, only whose it is by now. */
  abstract ensure(session: ProviderSession): Promise<void>;
  /**
   * Ends it, known or not; of several ends the latest counts.
   * @returns what is stored now
   */
  abstract end(
    session: ProviderSession & Required<Pick<ProviderSession, 'endedAt'>>,
  ): Promise<ProviderSession>;
  /** Whether this logout token was used. */
  abstract isUsed(tokenId: string): Promise<boolean>;
  /** Takes note that this logout token was used. @returns false when somebody did so before; of many at once exactly one gets true */
  abstract use(tokenId: string, expiresAt: Date): Promise<boolean>;
}
