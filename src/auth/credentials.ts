import type { IncomingMessage } from 'node:http';

export const API_KEY_HEADERS = ['storm-api-key', 'x-api-key'] as const;
/** The first characters of every API key; no JWT begins like this. */
export const API_KEY_MARK = 'tg_';

const BEARER = /^Bearer +(\S+) *$/i;

/** What a request offers to prove who sent it. */
export type Credentials =
  | { readonly kind: 'api-key'; readonly key: string }
  | { readonly kind: 'access-token'; readonly token: string };

/** The token of `Authorization: Bearer …` (RFC 6750), or `null`. */
export function bearerToken(request: Pick<IncomingMessage, 'headers'>): string | null {
  return BEARER.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

/**
 * Finds the credentials of a request. A key header goes before `Authorization`; only one of them is ever tried, so that a request
 * is never answered under an identity its sender did not put first. Generated clients send what they are given in every header that the
 * OpenAPI document names: the same value twice is one credential, and its form says which.
 */
export function readCredentials(request: Pick<IncomingMessage, 'headers'>): Credentials | undefined {
  const token = bearerToken(request);
  for (const header of API_KEY_HEADERS) {
    const key = request.headers[header];
    if (typeof key === 'string' && key !== '' && key !== token) return { kind: 'api-key', key };
  }
  if (token === null) return undefined;
  return token.startsWith(API_KEY_MARK) ? { kind: 'api-key', key: token } : { kind: 'access-token', token };
}
