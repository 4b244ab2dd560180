import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type AdapterPayload, type Configuration } from 'oidc-provider';
import { MapAdapter } from './map-adapter.js';

/** What its access tokens are for. */
export const RESOURCE = 'https://tollgate.test/api';
export const PAGE_CLIENT = 'tollgate-page';
export const TERMINAL_CLIENT = 'tollgate-terminal';
export const MACHINE = { id: 'tollgate-machine', secret: 'the secret of a machine' } as const;

export interface PageProviderOptions {
  readonly id: string;
  readonly name: string;
  /** How long its access tokens are good for, seconds. */
  readonly accessTokenTtl?: number;
  /** How long a code of a terminal is good for, seconds. */
  readonly deviceCodeTtl?: number;
}

/** The real `oidc-provider`, with its own pages, for whoever signs in from a page, a terminal or a program: people need not exist there to sign in. */
export class PageProvider {
  readonly issuer: string;
  private readonly records = new Map<string, AdapterPayload>();
  private readonly jwks: Promise<Configuration['jwks']>;
  private handle: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  private isAway = false;
  private losesTokens = false;
  /** Answers with tokens that never arrived. */
  lostTokens = 0;
  /** Requests, as method and path. */
  readonly asked: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: PageProviderOptions,
  ) {
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.jwks = newKeys();
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.asked.push(`${request.method ?? ''} ${new URL(request.url ?? '', this.issuer).pathname}`);
      if (this.losesTokens && this.asked.at(-1) === 'POST /token') this.loseAnswer(response);
      if (this.isAway || this.handle === undefined) request.socket.destroy();
      else this.handle(request, response);
    });
  }

  /** Starts; `allow` lets pages in. */
  static async start(options: PageProviderOptions): Promise<PageProvider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const provider = new PageProvider(server, options);
    await provider.allow([]);
    return provider;
  }

  /** This provider among `OIDC_ISSUERS`. */
  get setting(): Readonly<Record<string, unknown>> {
    return {
      id: this.options.id,
      name: this.options.name,
      issuer: this.issuer,
      audience: RESOURCE,
      clientId: PAGE_CLIENT,
      deviceClientId: TERMINAL_CLIENT,
      scopes: ['openid', 'profile', 'email', 'offline_access'],
    };
  }

  /** @param addresses of pages that people are sent back to */
  async allow(addresses: readonly string[]): Promise<void> {
    const provider = new Provider(this.issuer, await this.configuration(addresses));
    const answer = provider.callback();
    this.handle = (request, response) => void answer(request, response);
  }

  /** Ends every login and every grant: what was renewed until now is renewed no more. */
  forgetEverybody(): void {
    this.records.clear();
  }

  /** Gives tokens, but nobody gets them: the answers stay under way until the connection is closed. */
  loseTokens(loses: boolean): void {
    this.losesTokens = loses;
  }

  /** Does not answer until `comeBack`. */
  goAway(): void {
    this.isAway = true;
    this.server.closeAllConnections();
  }

  comeBack(): void {
    this.isAway = false;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private loseAnswer(response: ServerResponse): void {
    response.end = () => {
      this.lostTokens += 1;
      return response;
    };
  }

  private async configuration(addresses: readonly string[]): Promise<Configuration> {
    const { id, accessTokenTtl = 300, deviceCodeTtl = 600 } = this.options;
    return {
      adapter: (model: string) => new MapAdapter(model, this.records),
      jwks: await this.jwks,
      clients: [
        {
          client_id: PAGE_CLIENT,
          token_endpoint_auth_method: 'none',
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          redirect_uris: [...addresses, `${this.issuer}/nowhere`],
          post_logout_redirect_uris: [...addresses],
        },
        {
          client_id: TERMINAL_CLIENT,
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          response_types: [],
          redirect_uris: [],
        },
        {
          client_id: MACHINE.id,
          client_secret: MACHINE.secret,
          grant_types: ['client_credentials'],
          response_types: [],
          redirect_uris: [],
        },
      ],
      // Cookies know no ports: two providers on this machine would overwrite each other's.
      cookies: {
        keys: [`a key of ${id}`],
        names: { session: `${id}_session`, interaction: `${id}_interaction`, resume: `${id}_resume` },
      },
      features: {
        devInteractions: { enabled: true },
        clientCredentials: { enabled: true },
        deviceFlow: { enabled: true },
        revocation: { enabled: true },
        rpInitiatedLogout: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => RESOURCE,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: '',
            audience: RESOURCE,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
      clientBasedCORS: (_context, origin) => addresses.some((address) => new URL(address).origin === origin),
      issueRefreshToken: () => true,
      rotateRefreshToken: true,
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => ({ sub: accountId, email: `${accountId}@example.com`, name: accountId }),
      }),
      extraTokenClaims: (_context, token) => {
        const { accountId, grantId } = token as { readonly accountId?: string; readonly grantId?: string };
        if (accountId === undefined) return {};
        // It knows no better name of a session without back-channel logout.
        return { email: `${accountId}@example.com`, email_verified: true, sid: grantId };
      },
      pkce: { required: () => true },
      ttl: {
        AccessToken: accessTokenTtl,
        ClientCredentials: accessTokenTtl,
        DeviceCode: deviceCodeTtl,
        AuthorizationCode: 60,
        IdToken: 3600,
        RefreshToken: 86_400,
        Interaction: 3600,
        Session: 86_400,
        Grant: 86_400,
      },
    };
  }
}

async function newKeys(): Promise<Configuration['jwks']> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { keys: [{ ...(await exportJWK(privateKey)), kid: 'a', alg: 'RS256', use: 'sig' }] };
}
