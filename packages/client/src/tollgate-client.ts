import { AccountingApi } from './api/accounting.js';
import { AttachmentsApi } from './api/attachments.js';
import { ChatApi } from './api/chat.js';
import { ChatflowsApi } from './api/chatflows.js';
import { SearchApi } from './api/search.js';
import { SessionsApi } from './api/sessions.js';
import { TurnsApi } from './api/turns.js';
import type { SignInMethods, User } from './api/types.js';
import { FixedCredentials, type AccessTokenGetter } from './auth/credentials.js';
import { LoginCredentials } from './auth/login-credentials.js';
import { namesSession } from './auth/names-session.js';
import { MemoryTokenStore, type Tokens, type TokenStore } from './auth/token-store.js';
import { TollgateError } from './errors.js';
import { Transport, type Fetch } from './http/transport.js';

const REQUEST_TIMEOUT_MS = 30_000;
const REQUEST_RETRIES = 2;

export interface TollgateClientOptions {
  /** Where Tollgate listens, e.g. `https://chat.example.com`; '' (the default) in a page that it serves itself. */
  readonly baseUrl?: string;
  /** Instead of signing in. */
  readonly apiKey?: string;
  /** Instead of signing in: an access token of an identity provider, or what gives the current one. */
  readonly accessToken?: string | AccessTokenGetter;
  /** Where a login's tokens are kept; in memory by default. */
  readonly tokenStore?: TokenStore;
  /**
   * Renews tokens of the store that an identity provider has given (those with a `provider`), by one call at a time.
   * @throws TollgateError `unauthenticated` when the login has ended there, another one when that could not be found out
   */
  readonly renew?: (tokens: Tokens) => Promise<Tokens>;
  /** Called when the server, or the identity provider, has ended the login. */
  readonly onSignedOut?: () => void;
  /** The platform's by default. */
  readonly fetch?: Fetch;
  /** Longest wait for an answer, or for the headers of a stream, milliseconds. 30 000 by default. */
  readonly requestTimeoutMs?: number;
  /** For all streams, unless they say otherwise; see `StreamControl`. */
  readonly eventTimeoutMs?: number;
  readonly maxRetries?: number;
  readonly bufferSize?: number;
}

/**
 * Tollgate from a browser or from Node.
 *
 * ```ts
 * const tollgate = new TollgateClient({ baseUrl: 'https://chat.example.com' });
 * await tollgate.login('ada@example.com', password);
 * for await (const event of tollgate.chat.stream({ question: 'What are my tasks?' })) {
 *   if (event.type === 'token') process.stdout.write(event.text);
 * }
 * ```
 */
export class TollgateClient {
  readonly chat: ChatApi;
  readonly sessions: SessionsApi;
  readonly turns: TurnsApi;
  readonly accounting: AccountingApi;
  readonly chatflows: ChatflowsApi;
  readonly attachments: AttachmentsApi;
  readonly search: SearchApi;
  private readonly transport: Transport;
  private readonly tokenStore: TokenStore;
  private readonly renew: (tokens: Tokens) => Promise<Tokens>;

  constructor(options: TollgateClientOptions = {}) {
    const { apiKey, accessToken, eventTimeoutMs, maxRetries, bufferSize } = options;
    const fixed = apiKey ?? accessToken;
    this.tokenStore = options.tokenStore ?? new MemoryTokenStore();
    this.renew = options.renew ?? cannotRenew;
    this.transport = new Transport({
      baseUrl: (options.baseUrl ?? '').replace(/\/+$/, ''),
      // Called as a plain function: a browser's fetch refuses to be anybody's method.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      requestTimeoutMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      maxRetries: REQUEST_RETRIES,
      credentials:
        fixed === undefined
          ? new LoginCredentials(this.tokenStore, (tokens) => this.refresh(tokens), options.onSignedOut)
          : new FixedCredentials(fixed),
    });
    this.chat = new ChatApi(this.transport, { eventTimeoutMs, maxRetries, bufferSize });
    this.sessions = new SessionsApi(this.transport);
    this.turns = new TurnsApi(this.transport);
    this.accounting = new AccountingApi(this.transport);
    this.chatflows = new ChatflowsApi(this.transport);
    this.attachments = new AttachmentsApi(this.transport);
    this.search = new SearchApi(this.transport);
  }

  /** Signs in and keeps the tokens. @throws TollgateError `unauthenticated`, `rate_limited` */
  async login(email: string, password: string): Promise<void> {
    await this.tokenStore.save(await this.tokens('/auth/login', { email, password }));
  }

  /** Makes an account; it is not signed in by that. @throws TollgateError `conflict`, `forbidden`, `validation_failed` */
  register(email: string, password: string): Promise<User> {
    return this.transport.json({
      method: 'POST',
      path: '/auth/register',
      body: { email, password },
      anonymous: true,
    });
  }

  /**
   * Sets the password of an account by a token, which is good once; all of its logins end.
   * @param token of a mail, or of an administrator
   * @throws TollgateError `unauthenticated` for a token that is not good any more, `account_disabled`, `validation_failed`
   */
  async resetPassword(token: string, newPassword: string): Promise<void> {
    await this.transport.json({
      method: 'POST',
      path: '/auth/password-reset',
      body: { token, new_password: newPassword },
      anonymous: true,
    });
  }

  /**
   * Has a link sent with which a forgotten password is set. Resolves whether or not there is such an account.
   * @throws TollgateError `forbidden` where no mail is sent, `rate_limited`, `validation_failed`
   */
  async requestPasswordReset(email: string): Promise<void> {
    await this.transport.json({
      method: 'POST',
      path: '/auth/password-reset-requests',
      body: { email },
      anonymous: true,
    });
  }

  /** How people sign in here: with accounts of Tollgate's own, at identity providers, or either. */
  signInMethods(signal?: AbortSignal): Promise<SignInMethods> {
    return this.transport.json({ path: '/auth/providers', anonymous: true, signal });
  }

  /**
   * Ends the login here even if the server can't be told. One at an identity provider goes on there, and only the provider ends that; the server is told to take no more
   * tokens of its session, if they name one.
   */
  async logout(): Promise<void> {
    const tokens = await this.tokenStore.load();
    await this.tokenStore.save(undefined);
    if (tokens === undefined) return;
    const { provider, accessToken, refreshToken } = tokens;
    // Without a session it would count for all that the user has.
    if (provider !== undefined && !namesSession(accessToken)) return;
    try {
      await this.transport.json({
        method: 'POST',
        path: '/auth/logout',
        // What renews a provider's login is nobody else's to see.
        ...(provider === undefined
          ? { body: { refresh_token: refreshToken } }
          : { headers: { authorization: `Bearer ${accessToken}` } }),
        anonymous: true,
      });
    } catch (error) {
      if (!(error instanceof TollgateError)) throw error;
    }
  }

  /** Whether there are tokens; the server may still refuse them. */
  async isSignedIn(): Promise<boolean> {
    return (await this.tokenStore.load()) !== undefined;
  }

  /** Who the credentials stand for. @throws TollgateError `unauthenticated` */
  me(signal?: AbortSignal): Promise<User> {
    return this.transport.json({ path: '/auth/me', signal });
  }

  private refresh(tokens: Tokens): Promise<Tokens> {
    // What a provider has given is nobody else's to see.
    if (tokens.provider !== undefined) return this.renew(tokens);
    return this.tokens('/auth/refresh', { refresh_token: tokens.refreshToken });
  }

  private async tokens(path: string, body: unknown): Promise<Tokens> {
    const askedAt = Date.now();
    const answer = await this.transport.json<{
      readonly access_token: string;
      readonly refresh_token: string;
      readonly expires_in: number;
    }>({ method: 'POST', path, body, anonymous: true });
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token,
      expiresAt: askedAt + answer.expires_in * 1000,
    };
  }
}

const cannotRenew = (): Promise<Tokens> =>
  Promise.reject(new TollgateError('unauthenticated', 'The sign-in has expired.'));
