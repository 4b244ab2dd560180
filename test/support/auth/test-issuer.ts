import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export const ISSUER = 'https://id.example';
export const AUDIENCE = 'tollgate';

type Algorithm = `${'RS' | 'PS' | 'ES'}${256 | 384 | 512}` | 'EdDSA';
type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity provider: a key set over HTTP, and tokens signed with its keys. */
export class TestIssuer {
  /** How often the key set was fetched. */
  fetches = 0;
  /** Ids of keys that are not called as their algorithm is. */
  private readonly names = new Map<Algorithm, string>();
  private constructor(
    private readonly keys: ReadonlyMap<Algorithm, KeyPair>,
    private readonly server = createServer(),
  ) {}

  static async start(algorithms: readonly Algorithm[] = ['RS256', 'ES256']): Promise<TestIssuer> {
    const made = algorithms.map(
      async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const,
    );
    const issuer = new TestIssuer(new Map(await Promise.all(made)));
    const jwks = await Promise.all(
      [...issuer.keys].map(async ([alg, { publicKey }]) => ({
        ...(await exportJWK(publicKey)),
        alg,
        use: 'sig',
      })),
    );
    issuer.server.on('request', (_request, response) => {
      issuer.fetches += 1;
      const keys = jwks.map((key) => ({ ...key, kid: issuer.names.get(key.alg) ?? key.alg }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => issuer.server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  /** Settings of a server that trusts this issuer. */
  get env(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      JWT_JWKS_URI: `http://127.0.0.1:${port}/jwks`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
    };
  }

  /** A good token, except for what `claims` changes about it. */
  token(claims: JWTPayload = {}, alg: Algorithm = 'RS256', kid: string = alg): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { sub: 'ext-ada', iss: ISSUER, aud: AUDIENCE, iat: now, exp: now + 300, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(this.keyPair(alg).privateKey);
  }

  publicPem(): Promise<string> {
    return exportSPKI(this.keyPair('RS256').publicKey);
  }

  private keyPair(alg: Algorithm): KeyPair {
    const pair = this.keys.get(alg);
    if (pair === undefined) throw new Error(`The issuer has no key for ${alg}.`);
    return pair;
  }

  /** Publishes the key of an algorithm under another id. */
  rename(alg: Algorithm, kid: string): void {
    this.names.set(alg, kid);
  }

  /** Resolves when the key set is fetched the next time. */
  nextFetch(): Promise<void> {
    return new Promise((resolve) => this.server.once('request', () => resolve()));
  }

  /** May be called more than once. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}
