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

/** An API key, or an access token that somebody else renews. */
export class FixedCredentials implements Credentials {
  constructor(private readonly bearer: string | (() => string | Promise<string>)) {}

  async headers(): Promise<Record<string, string>> {
    const bearer = typeof this.bearer === 'string' ? this.bearer : await this.bearer();
    return { authorization: `Bearer ${bearer}` };
  }

  async renewAfterRefusal(used: Record<string, string>): Promise<boolean> {
    if (typeof this.bearer === 'string') return false;
    return (await this.headers()).authorization !== used.authorization;
  }
}
