/** How requests are authenticated. */
export interface Credentials {
  /** Headers for the next request; {} when nobody is signed in. */
  headers(): Promise<Record<string, string>>;
  /**
   * Called when the server refused `used` with 401.
   * @returns whether `headers` will give something else now, so that the request is worth repeating
   */
  renewAfterRefusal(used: Record<string, string>): Promise<boolean>;
}

/**
 * Gives the access token for the next request. It is asked for each, so it had better answer from memory while its token is good.
 * @param refused the token that the server has just refused, although it should have been good: another one is worth a second try, the same one is not
 */
export type AccessTokenGetter = (refused?: string) => string | Promise<string>;

/** An API key, or an access token that somebody else renews. */
export class FixedCredentials implements Credentials {
  constructor(private readonly bearer: string | AccessTokenGetter) {}

  async headers(): Promise<Record<string, string>> {
    return authorization(typeof this.bearer === 'string' ? this.bearer : await this.bearer());
  }

  async renewAfterRefusal(used: Record<string, string>): Promise<boolean> {
    if (typeof this.bearer === 'string') return false;
    const refused = used.authorization?.slice(SCHEME.length);
    return authorization(await this.bearer(refused)).authorization !== used.authorization;
  }
}

const SCHEME = 'Bearer ';

const authorization = (bearer: string): Record<string, string> => ({ authorization: `${SCHEME}${bearer}` });
