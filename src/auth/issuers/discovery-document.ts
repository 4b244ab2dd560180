import { boundedFetch } from './bounded-fetch.js';

const FETCH_TIMEOUT_MS = 5000;

/** What is needed of a provider's discovery document (OpenID Connect Discovery 1.0, section 3). */
export interface DiscoveryDocument {
  readonly jwksUri: string;
  /** Where clients send what they ask for: origins, each once. */
  readonly clientOrigins: readonly string[];
}

/**
 * Fetches the discovery document of an issuer.
 * @throws Error when the issuer cannot be reached, or what it says is not usable: the document must name the very issuer, or anybody who can
 *   answer at its address could vouch for others
 */
export async function fetchDiscoveryDocument(issuer: string): Promise<DiscoveryDocument> {
  const response = await boundedFetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`The discovery document has the status ${response.status}.`);
  return readDiscoveryDocument(await response.json(), issuer);
}

/** @throws Error that says what is wrong with it */
export function readDiscoveryDocument(document: unknown, issuer: string): DiscoveryDocument {
  const fields = (document ?? {}) as Record<string, unknown>;
  const { issuer: named, jwks_uri: jwksUri } = fields;
  if (named !== issuer) throw new Error('The discovery document is one of another issuer.');
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri))
    throw new Error('The discovery document names no key set.');
  const { protocol } = new URL(jwksUri);
  // Over http anybody on the way could put in keys of their own.
  if (protocol !== 'https:' && !(protocol === 'http:' && new URL(issuer).protocol === 'http:'))
    throw new Error('The discovery document names a key set that is not at https.');
  return { jwksUri, clientOrigins: clientOriginsOf(fields) };
}

function clientOriginsOf({ token_endpoint, revocation_endpoint }: Record<string, unknown>): string[] {
  const addresses = [token_endpoint, revocation_endpoint].filter(
    (one): one is string => typeof one === 'string' && /^https?:/.test(one) && URL.canParse(one),
  );
  return [...new Set(addresses.map((address) => new URL(address).origin))];
}
