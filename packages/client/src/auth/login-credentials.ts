import { TollgateError } from '../errors.js';
import type { Credentials } from './credentials.js';
import type { Tokens, TokenStore } from './token-store.js';

/** A token that expires this soon may have expired when the server reads it. */
const EXPIRY_MARGIN_MS = 20_000;

/**
 * The tokens of a login: renewed shortly before they expire and after a refusal, by one request at a time, however many requests wait for it
 * and however many clients share the store.
 */
export class LoginCredentials implements Credentials {
  private renewal: Promise<Tokens | undefined> | undefined;

  /**
   * @param refresh gives new tokens for old ones; a `TollgateError` `unauthenticated` says that the login has ended
   * @param onSignedOut called when the login has ended without this client asking for it
   */
  constructor(
    private readonly store: TokenStore,
    private readonly refresh: (tokens: Tokens) => Promise<Tokens>,
    private readonly onSignedOut: () => void = () => undefined,
  ) {}

  async headers(): Promise<Record<string, string>> {
    const tokens = await this.store.load();
    if (tokens === undefined) return {};
    if (tokens.expiresAt - Date.now() > EXPIRY_MARGIN_MS) return bearer(tokens);
    const renewed = await this.renew(tokens);
    return renewed === undefined ? {} : bearer(renewed);
  }

  async renewAfterRefusal(used: Record<string, string>): Promise<boolean> {
    const tokens = await this.store.load();
    if (tokens === undefined) return false;
    if (bearer(tokens).authorization !== used.authorization) return true;
    return (await this.renew(tokens)) !== undefined;
  }

  private renew(stale: Tokens): Promise<Tokens | undefined> {
    this.renewal ??= this.renewAlone(stale).finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private renewAlone(stale: Tokens): Promise<Tokens | undefined> {
    const task = async (): Promise<Tokens | undefined> => {
      // Another tab may have renewed them while this one waited for its turn.
      const current = await this.store.load();
      if (current?.accessToken !== stale.accessToken) return current;
      const renewed = await this.refreshed(current);
      // Whoever signs out waits for nobody's turn.
      const now = await this.store.load();
      if (now?.accessToken !== current.accessToken) return now;
      await this.store.save(renewed);
      if (renewed === undefined) this.onSignedOut();
      return renewed;
    };
    return this.store.exclusively === undefined ? task() : this.store.exclusively(task);
  }

  /** @returns undefined when the login has ended */
  private async refreshed(tokens: Tokens): Promise<Tokens | undefined> {
    try {
      return await this.refresh(tokens);
    } catch (error) {
      if (error instanceof TollgateError && error.code === 'unauthenticated') return undefined;
      throw error;
    }
  }
}

const bearer = ({ accessToken }: Tokens): Record<string, string> => ({
  authorization: `Bearer ${accessToken}`,
});
