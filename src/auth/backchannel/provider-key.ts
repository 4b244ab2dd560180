import { createHash } from 'node:crypto';

/** What an external issuer names: a session (`sid`), somebody's tokens that name none (`sub`), or a logout token (`jti`). */
export type ProviderName = 'sid' | 'sub' | 'jti';

/** One id for each of what issuers name, of the same length however long the names are; none can contain the character between them. */
export function providerKey(kind: ProviderName, issuer: string, name: string): string {
  return createHash('sha256').update(`${kind}\0${issuer}\0${name}`).digest('base64url');
}
