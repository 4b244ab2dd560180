import { generateKeyPair, exportJWK, type JWK } from 'jose';
import type { AdapterPayload, ClientMetadata, Configuration } from 'oidc-provider';
import { MapAdapter } from './map-adapter.js';

export const PAGE_CLIENT = 'tollgate-page';
export const TERMINAL_CLIENT = 'tollgate-terminal';
/** Acts for itself: client credentials. */
export const MACHINE_CLIENT = 'nightly-report';
export const MACHINE_SECRET = 'a secret of the machine, for tests only';
/** What access tokens are for. */
export const API = 'https://tollgate.example/api';

const DAY_S = 24 * 3600;

/** Somebody who may sign in at the provider; `claims` go into the tokens. */
export interface Person {
  readonly sub: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** What a test turns while the provider runs. */
export interface Knobs {
  /** By their `sub`; others are refused. */
  readonly people: Map<string, Person>;
  /** How far the provider's clock is ahead of everybody else's. */
  skewSeconds: number;
  accessTokenSeconds: number;
  /** Whether access tokens name the session. */
  tellsSessions: boolean;
  /** Claims of the tokens of machines. */
  machineClaims: Readonly<Record<string, unknown>>;
}

export interface ProviderClients {
  /** Where the page may be sent back to; any of them. */
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** Told of sign-outs, if given. */
  readonly backchannelLogoutUri?: string;
  /** Whether logout tokens name the session. */
  readonly logoutNamesSession?: boolean;
}

/** The private key of one signing key of the provider. */
export async function newSigningKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

export interface Setup {
  readonly keys: readonly JWK[];
  readonly clients: ProviderClients;
  readonly knobs: Knobs;
  /** What it keeps. */
  readonly records: Map<string, AdapterPayload>;
}

/** The settings of a real `oidc-provider` as an enterprise would have one: JWT access tokens for our API, public clients with PKCE, device code, machines. */
export function configurationOf({ keys, clients, knobs, records }: Setup): Configuration {
  return {
    // Everybody is on this machine, where it would refuse to call, and the machine may be slow.
    fetch: (url, { method, headers, body } = {}) => fetch(url, { method, headers, body, redirect: 'manual' }),
    adapter: (model) => new MapAdapter(model, records),
    jwks: { keys: [...keys] as NonNullable<Configuration['jwks']>['keys'] },
    clients: clientsOf(clients),
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { openid: ['sub', 'sid'], profile: ['name'], email: ['email'] },
    cookies: { keys: ['a key of cookies, for tests only'] },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    issueRefreshToken: () => Promise.resolve(true),
    rotateRefreshToken: true,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => {
      const person = knobs.people.get(sub);
      return person && { accountId: sub, claims: () => ({ sub, ...person.claims }) };
    },
    extraTokenClaims: (_ctx, token) => {
      const { accountId, sid } = token as { accountId?: string; sid?: string };
      if (accountId === undefined) return knobs.machineClaims;
      const session = knobs.tellsSessions && sid !== undefined ? { sid } : {};
      return { ...knobs.people.get(accountId)?.claims, ...session };
    },
    ttl: {
      AccessToken: () => knobs.accessTokenSeconds,
      ClientCredentials: () => knobs.accessTokenSeconds,
      ...{ Session: DAY_S, Grant: DAY_S, Interaction: DAY_S, RefreshToken: DAY_S, IdToken: DAY_S },
      DeviceCode: 600,
    },
    formats: {
      customizers: {
        jwt: (_ctx, _token, { payload }) => {
          for (const name of ['iat', 'exp'] as const)
            if (typeof payload[name] === 'number') payload[name] += knobs.skewSeconds;
        },
      },
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => API,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: API,
          accessTokenFormat: 'jwt',
          accessTokenTTL: knobs.accessTokenSeconds,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  };
}

function clientsOf({ redirectUris, backchannelLogoutUri, ...more }: ProviderClients): ClientMetadata[] {
  const told =
    backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: backchannelLogoutUri,
          backchannel_logout_session_required: more.logoutNamesSession ?? false,
        };
  return [
    {
      client_id: PAGE_CLIENT,
      token_endpoint_auth_method: 'none',
      redirect_uris: [...redirectUris],
      post_logout_redirect_uris: [...(more.postLogoutRedirectUris ?? [])],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token'],
      ...told,
    },
    {
      client_id: TERMINAL_CLIENT,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [],
      response_types: [],
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
      ...told,
    },
    {
      client_id: MACHINE_CLIENT,
      client_secret: MACHINE_SECRET,
      redirect_uris: [],
      response_types: [],
      grant_types: ['client_credentials'],
    },
  ];
}
