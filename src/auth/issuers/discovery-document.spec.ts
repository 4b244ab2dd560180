import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fetchDiscoveryDocument, readDiscoveryDocument } from './discovery-document.js';

describe('a discovery document', () => {
  const ISSUER = 'https://id.example';
  const good = { issuer: ISSUER, jwks_uri: 'https://keys.example/jwks', other: true };

  it('tells where the keys are', () => {
    expect(readDiscoveryDocument(good, ISSUER)).toMatchObject({ jwksUri: 'https://keys.example/jwks' });
  });

  it.each([
    ['another issuer', { ...good, issuer: 'https://evil.example' }],
    ['the issuer with a slash', { ...good, issuer: `${ISSUER}/` }],
    ['no issuer', { jwks_uri: good.jwks_uri }],
    ['no key set', { issuer: ISSUER }],
    ['a key set that is no address', { ...good, jwks_uri: '/jwks' }],
    ['a key set without TLS', { ...good, jwks_uri: 'http://keys.example/jwks' }],
    ['a key set in a file', { ...good, jwks_uri: 'file:///etc/passwd' }],
    ['nothing', null],
    ['a list', []],
  ])('is refused with %s', (_what, document) => {
    expect(() => readDiscoveryDocument(document, ISSUER)).toThrow('The discovery document');
  });

  describe('over HTTP', () => {
    let server: Server;
    let issuer: string;
    let listener: RequestListener;
    beforeAll(async () => {
      server = createServer((request, response) => {
        listener(request, response);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realm`;
    });
    afterAll(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    const document = () => JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` });

    it('is fetched below the issuer, through redirects of the same host', async () => {
      listener = ({ url }, response) => {
        if (url === '/realm/.well-known/openid-configuration')
          response.writeHead(302, { location: '/elsewhere' }).end();
        else response.end(url === '/elsewhere' ? document() : '{}');
      };
      expect(await fetchDiscoveryDocument(issuer)).toMatchObject({ jwksUri: `${issuer}/keys` });
    });

    it.each<[string, RequestListener]>([
      [
        'redirects to another host',
        (_, response) => response.writeHead(302, { location: 'http://localhost:1/' }).end(),
      ],
      [
        'redirects in a circle',
        ({ url }, response) => response.writeHead(302, { location: url ?? '' }).end(),
      ],
      ['is too long', (_, response) => response.end(`"${'a'.repeat(600_000)}"`)],
      ['is no JSON', (_, response) => response.end('<html>')],
      ['is not there', (_, response) => response.writeHead(404).end(document())],
    ])('is refused when it %s', async (_what, one) => {
      listener = one;
      await expect(fetchDiscoveryDocument(issuer)).rejects.toThrow();
    });
  });
});
