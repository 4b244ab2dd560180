import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import * as oidc from 'openid-client';
import { TollgateError, type TokenProvider, type Tokens } from '@tollgate/client';

/** Where the provider does not say how long its token is good: until the server refuses it. */
const UNTIL_REFUSED = Number.MAX_SAFE_INTEGER;

const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** Between two questions to the provider, where it does not say; and how much more once it wants to be asked less often (RFC 8628). */
const DEFAULT_INTERVAL_S = 5;
const SLOWER_S = 5;
const PENDING: ReadonlySet<string> = new Set(['authorization_pending', 'slow_down']);

/** Rejects when the signal aborts. */
export type Pause = (milliseconds: number, signal: AbortSignal) => Promise<void>;

/** What the person has to do, elsewhere. */
export interface DeviceCode {
  readonly address: string;
  readonly code: string;
  readonly goodForSeconds: number;
}

const EXPIRED = 'The code has expired before anybody used it. Sign in again.';

/** Why nobody has signed in; the message says it to the person. */
export class ProviderLoginError extends Error {
  override readonly name = 'ProviderLoginError';
}

/**
 * Signs in with a device code (RFC 8628): the person says yes in a browser, on whatever machine, while the terminal asks the provider, as often as that wants to be asked. A
 * connection that is lost meanwhile does not end it.
 * @param show told once
 * @throws ProviderLoginError; the signal's reason when it aborts
 */
export async function signInByDevice(
  provider: TokenProvider,
  show: (code: DeviceCode) => void,
  signal: AbortSignal,
  pause: Pause = (ms, until) => delay(ms, undefined, { signal: until }),
): Promise<Tokens> {
  const expiry = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const configuration = await configurationOf(provider);
    const given = await oidc.initiateDeviceAuthorization(configuration, {
      ...provider.parameters,
      scope: provider.scopes.join(' '),
    });
    const { verification_uri, verification_uri_complete, user_code, expires_in } = given;
    timer = setTimeout(() => {
      expiry.abort();
    }, expires_in * 1000);
    show({
      address: verification_uri_complete ?? verification_uri,
      code: user_code,
      goodForSeconds: expires_in,
    });
    const ending = AbortSignal.any([signal, expiry.signal]);
    return tokensOf(await answerTo(configuration, given, ending, pause), provider);
  } catch (error) {
    signal.throwIfAborted();
    throw new ProviderLoginError(expiry.signal.aborted ? EXPIRED : describe(error, provider.name), {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** @throws TollgateError `unauthenticated` when the provider renews the login no more, `connection_failed` */
export async function renewAtProvider(tokens: Tokens): Promise<Tokens> {
  const { provider, refreshToken } = tokens;
  if (provider === undefined || refreshToken === '')
    throw new TollgateError('unauthenticated', 'The sign-in has expired.');
  try {
    const answer = await oidc.refreshTokenGrant(await configurationOf(provider), refreshToken);
    return tokensOf(answer, provider, tokens);
  } catch (cause) {
    if (isAway(cause))
      throw new TollgateError('connection_failed', `${provider.name} cannot be reached.`, { cause });
    throw new TollgateError('unauthenticated', `The sign-in at ${provider.name} has ended.`, { cause });
  }
}

/** Takes the login back at its provider, if that can be reached and has a way to. Never rejects. */
export async function revokeAtProvider({ provider, refreshToken }: Tokens): Promise<void> {
  if (provider === undefined || refreshToken === '') return;
  try {
    const configuration = await configurationOf(provider);
    await oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
  } catch {
    // Signed out here all the same: what is left there expires.
  }
}

/** Of each provider, as long as the program runs: a long sitting renews often. */
const configurations = new Map<string, Promise<oidc.Configuration>>();

function configurationOf({ issuer, clientId }: TokenProvider): Promise<oidc.Configuration> {
  const key = `${clientId} ${issuer}`;
  const known = configurations.get(key);
  if (known !== undefined) return known;
  const server = new URL(issuer);
  const execute = isLoopback(server) ? [oidc.allowInsecureRequests] : [];
  const found = oidc.discovery(server, clientId, undefined, oidc.None(), { execute });
  configurations.set(key, found);
  found.catch(() => configurations.delete(key));
  return found;
}

/** Plain http never leaves the machine. */
function isLoopback({ protocol, hostname }: URL): boolean {
  if (protocol !== 'http:') return false;
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}

/** Asks at the provider's pace. The library's own loop would notice Ctrl-C seconds later. */
async function answerTo(
  configuration: oidc.Configuration,
  { device_code, interval = DEFAULT_INTERVAL_S }: oidc.DeviceAuthorizationResponse,
  signal: AbortSignal,
  pause: Pause,
): Promise<oidc.TokenEndpointResponse> {
  let pauseS = interval;
  for (;;) {
    await pause(pauseS * 1000, signal);
    try {
      return await oidc.genericGrantRequest(configuration, DEVICE_CODE_GRANT, { device_code });
    } catch (error) {
      signal.throwIfAborted();
      const isPending = error instanceof oidc.ResponseBodyError && PENDING.has(error.error);
      if (!isPending && !isAway(error)) throw error;
      // Also after a connection that was lost (RFC 8628, section 3.5).
      if (!isPending || error.error === 'slow_down') pauseS += SLOWER_S;
    }
  }
}

function tokensOf(answer: oidc.TokenEndpointResponse, provider: TokenProvider, before?: Tokens): Tokens {
  const { access_token, refresh_token, expires_in } = answer;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? before?.refreshToken ?? '',
    expiresAt: expires_in === undefined ? UNTIL_REFUSED : Date.now() + expires_in * 1000,
    provider,
  };
}

/** Whether nobody knows what the provider would have said. */
function isAway(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError)
    return error.status >= 500 || error.error === 'temporarily_unavailable';
  const { name, message, code, cause } = (error ?? {}) as Readonly<Record<string, unknown>>;
  // What fetch says of a network that is away.
  if (name === 'TypeError' && message === 'fetch failed') return true;
  if (code === 'OAUTH_TIMEOUT' || statusOf(cause) >= 500) return true;
  return cause !== undefined && isAway(cause);
}

/** Of an answer without a word of the protocol. */
function statusOf(response: unknown): number {
  const { status } = (response ?? {}) as { readonly status?: unknown };
  return typeof status === 'number' ? status : 0;
}

function describe(error: unknown, name: string): string {
  if (isAway(error)) return `${name} cannot be reached. Try again in a moment.`;
  if (!(error instanceof oidc.ResponseBodyError))
    return `${name} cannot be used: ${error instanceof Error ? error.message : String(error)}.`;
  if (error.error === 'access_denied') return `The sign-in was denied at ${name}.`;
  if (error.error === 'expired_token') return EXPIRED;
  return `${name} refused the sign-in: ${error.error_description ?? error.error}`;
}
