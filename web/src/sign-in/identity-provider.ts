import {
  ErrorResponse,
  ErrorTimeout,
  OidcClient,
  SigninState,
  WebStorageStateStore,
  type RefreshState,
  type SigninResponse,
} from 'oidc-client-ts';
import { TollgateError, type TokenProvider, type Tokens } from '@tollgate/client';
import { BASE_ADDRESS, PREFIX } from '../place.js';
import { noteAnswer, noteFailure, noteRenewal } from './interrupted-renewal.js';
import { SignInFailure } from './sign-in-failure.js';

/** Of one request to the provider. */
const REQUEST_TIMEOUT_S = 15;
/** Where the provider does not say how long its token is good: until the server refuses it. */
const UNTIL_REFUSED = Number.MAX_SAFE_INTEGER;
/** The provider's own trouble, in its answers. */
const IN_TROUBLE: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);

/** It would have to ask the person, which it was told not to. */
const WOULD_ASK: ReadonlySet<string> = new Set([
  ...['login_required', 'consent_required', 'interaction_required', 'account_selection_required'],
]);

/** What comes back from the provider with the person. */
interface Journey {
  readonly provider: TokenProvider;
  /** What was to be seen when it began. */
  readonly hash: string;
  /** Who is to come back, of a login that is taken up again: providers need not heed the hint. */
  readonly subject?: string;
}

/** What the library does not know of it. */
interface Metadata {
  readonly authorization_response_iss_parameter_supported?: unknown;
}

export interface Arrival {
  readonly tokens: Tokens;
  readonly hash: string;
}

/** In this tab: what is begun here ends here. */
const stateStore = new WebStorageStateStore({ prefix: `tollgate.oidc${PREFIX}.`, store: sessionStorage });
const clients = new Map<string, OidcClient>();

/** One for each provider: it keeps what it has learnt of it. */
function clientOf(provider: TokenProvider): OidcClient {
  const { issuer, clientId, scopes } = provider;
  const key = JSON.stringify(provider);
  const client =
    clients.get(key) ??
    new OidcClient({
      authority: issuer,
      client_id: clientId,
      redirect_uri: BASE_ADDRESS,
      post_logout_redirect_uri: BASE_ADDRESS,
      scope: scopes.join(' '),
      loadUserInfo: false,
      requestTimeoutInSeconds: REQUEST_TIMEOUT_S,
      stateStore,
    });
  clients.set(key, client);
  return client;
}

/**
 * Leaves the page for the provider, which sends the person back to it.
 * @param lost a login that is to be taken up again: the provider is to ask nobody, and to let nobody else in
 * @throws SignInFailure
 */
export async function leaveFor(provider: TokenProvider, lost?: Tokens): Promise<void> {
  if (!window.isSecureContext) throw new SignInFailure('insecure', provider.name);
  const subject = lost?.idToken === undefined ? undefined : subjectOf(lost.idToken);
  const journey: Journey = {
    provider,
    hash: window.location.hash,
    ...(subject === undefined ? {} : { subject }),
  };
  try {
    const { url } = await clientOf(provider).createSigninRequest({
      state: journey,
      nonce: crypto.randomUUID(),
      ui_locales: document.documentElement.lang,
      ...(lost === undefined ? {} : { prompt: 'none' }),
      ...(lost?.idToken === undefined ? {} : { id_token_hint: lost.idToken }),
      ...(provider.parameters === undefined ? {} : { extraQueryParams: { ...provider.parameters } }),
    });
    window.location.assign(url);
  } catch (error) {
    throw failureOf(error, provider);
  }
}

/** Takes what the provider has sent the person back with. @throws SignInFailure */
export async function arrive(address: string): Promise<Arrival> {
  const { searchParams } = new URL(address);
  const { provider, hash, subject } = await journeyOf(searchParams.get('state') ?? '');
  try {
    await assertFrom(provider, searchParams.get('iss'));
    const response = await clientOf(provider).processSigninResponse(address);
    // Somebody else by now: the other tabs would go on with what is open there, in another name.
    if (subject !== undefined && response.profile.sub !== subject)
      throw new SignInFailure('ended', provider.name);
    return { tokens: tokensOf(response, provider), hash };
  } catch (error) {
    throw failureOf(error, provider);
  }
}

/** @throws TollgateError `unauthenticated` when the provider renews the login no more, `connection_failed` */
export async function renew(tokens: Tokens): Promise<Tokens> {
  const { provider, refreshToken, idToken } = tokens;
  if (provider === undefined || refreshToken === '')
    throw new TollgateError('unauthenticated', 'The sign-in has expired.');
  const state: RefreshState = {
    refresh_token: refreshToken,
    ...(idToken === undefined ? {} : { id_token: idToken }),
    session_state: null,
    profile: { sub: '', iss: provider.issuer, aud: provider.clientId, exp: 0, iat: 0 },
  };
  await noteRenewal(refreshToken);
  try {
    const renewed = tokensOf(await clientOf(provider).useRefreshToken({ state }), provider, tokens);
    noteAnswer();
    return renewed;
  } catch (cause) {
    const failure = failureOf(cause, provider);
    if (failure.kind === 'unreachable') noteFailure();
    else noteAnswer();
    if (failure.kind === 'unreachable')
      throw new TollgateError('connection_failed', `${provider.name} cannot be reached.`, { cause });
    throw new TollgateError('unauthenticated', failure.message, { cause });
  }
}

/**
 * Ends the login at its provider, as far as the page can.
 * @returns where the person has to go to end it altogether; undefined: the provider has no such place
 * @throws SignInFailure when the provider can't be told
 */
export async function end({ provider, refreshToken, idToken }: Tokens): Promise<string | undefined> {
  if (provider === undefined) return undefined;
  const client = clientOf(provider);
  try {
    const { revocation_endpoint, end_session_endpoint } = await client.metadataService.getMetadata();
    // Of what outlives the session there (offline access). Whether that can be revoked does not change what comes next.
    if (refreshToken !== '' && revocation_endpoint !== undefined)
      await client.revokeToken(refreshToken, 'refresh_token').catch(() => undefined);
    if (end_session_endpoint === undefined) return undefined;
    const hint = idToken === undefined ? {} : { id_token_hint: idToken };
    return (await client.createSignoutRequest(hint)).url;
  } catch {
    throw new SignInFailure('signed-out-here-only', provider.name);
  }
}

/** @param issuer who the answer says that it is of (RFC 9207) @throws SignInFailure for an answer of another provider than was asked, or of one that says it always */
async function assertFrom(provider: TokenProvider, issuer: string | null): Promise<void> {
  if (issuer === provider.issuer) return;
  const metadata: object = await clientOf(provider).metadataService.getMetadata();
  const { authorization_response_iss_parameter_supported: saysAlways } = metadata as Metadata;
  // What the answer says is not shown: anybody may have written it.
  if (issuer !== null || saysAlways === true) throw new SignInFailure('refused', provider.name, 'iss');
}

/** Nothing is believed by it: the token was verified when it came. */
function subjectOf(idToken: string): string | undefined {
  try {
    const claims = (idToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(claims), (character) => character.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly sub?: unknown };
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
}

async function journeyOf(state: string): Promise<Journey> {
  const stored = await stateStore.get(state);
  if (stored === null) throw new SignInFailure('stale', '');
  return (await SigninState.fromStorageString(stored)).data as Journey;
}

function tokensOf(response: SigninResponse, provider: TokenProvider, before?: Tokens): Tokens {
  const { access_token, refresh_token, id_token, expires_in } = response;
  const idToken = id_token ?? before?.idToken;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? before?.refreshToken ?? '',
    expiresAt: expires_in === undefined ? UNTIL_REFUSED : Date.now() + expires_in * 1000,
    provider,
    ...(idToken === undefined ? {} : { idToken }),
  };
}

function failureOf(error: unknown, { name }: TokenProvider): SignInFailure {
  if (error instanceof SignInFailure) return error;
  if (error instanceof ErrorResponse) {
    if (WOULD_ASK.has(error.error ?? '')) return new SignInFailure('ended', name);
    if (error.error === 'access_denied') return new SignInFailure('denied', name);
    if (IN_TROUBLE.has(error.error ?? '')) return new SignInFailure('unreachable', name);
    return new SignInFailure('refused', name, error.error_description ?? error.error ?? '');
  }
  // What fetch says of a network that is away, and of a provider that does not let this page ask.
  if (error instanceof TypeError || error instanceof ErrorTimeout)
    return new SignInFailure('unreachable', name);
  const message = error instanceof Error ? error.message : String(error);
  // A status without a word of the protocol: a proxy in front of a provider that is away.
  return new SignInFailure(/\(\d{3}\)/.test(message) ? 'unreachable' : 'refused', name, message);
}
