/** What a login gives. */
export interface Tokens {
  readonly accessToken: string;
  /** '' where an identity provider gives none: the login ends when the access token expires. */
  readonly refreshToken: string;
  /** When the access token expires, epoch milliseconds by this machine's clock. */
  readonly expiresAt: number;
  /** The identity provider that gave them; absent: Tollgate did. */
  readonly provider?: TokenProvider;
  /** What names the login when it is ended at its provider. */
  readonly idToken?: string;
}

/** Where tokens come from, with all that renewing them needs. */
export interface TokenProvider {
  readonly id: string;
  readonly name: string;
  readonly issuer: string;
  /** The client that they were given to. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Sent along with what asks the provider for tokens. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * Where the tokens of a login are kept. Several clients may share one (tabs of a browser, a terminal in two windows); a refresh token is good
 * for one use (and the same answer again for some seconds), so they had better not use it at once.
 */
export interface TokenStore {
  load(): Tokens | undefined | Promise<Tokens | undefined>;
  /** @param tokens undefined: signed out */
  save(tokens: Tokens | undefined): void | Promise<void>;
  /** Runs `task` while no other client that shares the tokens runs one. */
  exclusively?<T>(task: () => Promise<T>): Promise<T>;
}

/** Keeps the tokens for as long as the client lives. */
export class MemoryTokenStore implements TokenStore {
  constructor(private tokens?: Tokens) {}

  load(): Tokens | undefined {
    return this.tokens;
  }

  save(tokens: Tokens | undefined): void {
    this.tokens = tokens;
  }
}
