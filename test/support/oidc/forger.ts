import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { API, PAGE_CLIENT } from './provider-configuration.js';

export const LOGOUT_EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

/** An issuer that says whatever a test wants, with signatures that are good: no honest provider makes such tokens. */
export class Forger {
  private constructor(
    private readonly server: Server,
    private readonly privateKey: CryptoKey,
  ) {}

  static async start(): Promise<Forger> {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Forger(server, privateKey);
  }

  get settings(): Record<string, unknown> {
    const { port } = this.server.address() as AddressInfo;
    return {
      id: 'forger',
      name: 'The Forger',
      issuer: 'https://forger.example',
      audience: API,
      clientId: PAGE_CLIENT,
      jwksUri: `http://127.0.0.1:${port}/keys`,
    };
  }

  accessToken(claims: JWTPayload): Promise<string> {
    return this.sign({ aud: API, ...claims });
  }

  logoutToken(claims: JWTPayload, header: object = {}): Promise<string> {
    const jti = crypto.randomUUID();
    return this.sign(
      { sub: 'frank', aud: PAGE_CLIENT, jti, events: LOGOUT_EVENTS, ...claims },
      { typ: 'logout+jwt', ...header },
    );
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private sign(claims: JWTPayload, header: object = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const payload = { iss: 'https://forger.example', iat: now, exp: now + 120, ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .sign(this.privateKey, { crit: { exp: true } });
  }
}
