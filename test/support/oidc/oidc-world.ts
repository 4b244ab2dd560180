import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import Provider, { type AdapterPayload } from 'oidc-provider';
import {
  configurationOf,
  newSigningKey,
  type Knobs,
  type Person,
  type ProviderClients,
} from './provider-configuration.js';
import { API, PAGE_CLIENT, TERMINAL_CLIENT } from './provider-configuration.js';
import { answerInteraction } from './sign-in-page.js';

/** A redirect URI that nobody listens at: whoever signs in without a browser reads the code from it. */
export const NO_PAGE = 'http://127.0.0.1:1/signed-in';

export type OidcOptions = Partial<ProviderClients> & {
  /** Where to listen; 0 (any) unless the provider comes back where it was. */
  readonly port?: number;
  readonly people?: readonly Person[];
};

/** A real identity provider: `oidc-provider` on a free port of this machine. */
export class OidcWorld {
  private provider: Provider;
  private generation = 1;
  private readonly records = new Map<string, AdapterPayload>();

  private constructor(
    private readonly server: Server,
    readonly issuer: string,
    private clients: ProviderClients,
    readonly knobs: Knobs,
    private keys: readonly JWK[],
  ) {
    this.provider = this.newProvider();
  }

  static async start(options: OidcOptions = {}): Promise<OidcWorld> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const knobs: Knobs = {
      people: new Map((options.people ?? []).map((person) => [person.sub, person])),
      skewSeconds: 0,
      accessTokenSeconds: 300,
      tellsSessions: false,
      machineClaims: {},
    };
    const clients = { ...options, redirectUris: options.redirectUris ?? [NO_PAGE] };
    const keys = [await newSigningKey('key-1')];
    const world = new OidcWorld(server, `http://127.0.0.1:${port}`, clients, knobs, keys);
    server.on('request', (request, response) => {
      const { provider } = world;
      const handle = async () => {
        if (!(await answerInteraction(provider, request, response)))
          await provider.callback()(request, response);
      };
      handle().catch((error: unknown) => {
        response.statusCode = 400;
        response.end(error instanceof Error ? error.message : 'failed');
      });
    });
    return world;
  }

  /** An element of `OIDC_ISSUERS` for a server that trusts this provider. */
  issuerSettings(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      id: 'corp',
      name: 'Example Corp',
      issuer: this.issuer,
      audience: API,
      clientId: PAGE_CLIENT,
      deviceClientId: TERMINAL_CLIENT,
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      ...changes,
    };
  }

  /** Changes what it knows of the clients, as for somebody whose addresses are known later. */
  registerClients(changes: Partial<ProviderClients>): void {
    this.clients = { ...this.clients, ...changes };
    this.provider = this.newProvider();
  }

  /** Signs with a new key from now on. @param keepsOld whether tokens of the old one can still be verified */
  async rotateKeys(keepsOld: boolean): Promise<void> {
    const next = await newSigningKey(`key-${(this.generation += 1)}`);
    this.keys = [next, ...(keepsOld ? this.keys : [])];
    this.provider = this.newProvider();
  }

  /** Cuts every connection; what was kept is gone. May be called more than once. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private newProvider(): Provider {
    const { keys, clients, knobs, records } = this;
    return new Provider(this.issuer, configurationOf({ keys, clients, knobs, records }));
  }
}
