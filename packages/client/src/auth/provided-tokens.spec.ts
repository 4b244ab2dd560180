import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TollgateError } from '../errors.js';
import { TollgateClient } from '../tollgate-client.js';
import { BrowserTokenStore } from './browser-token-store.js';
import type { Tokens } from './token-store.js';

const PROVIDER = {
  id: 'corp',
  name: 'Corp',
  issuer: 'https://id.example',
  clientId: 'page',
  scopes: ['openid'],
};
const given = (name: string, expiresInMs: number): Tokens => ({
  accessToken: name,
  refreshToken: `refresh-${name}`,
  expiresAt: Date.now() + expiresInMs,
  provider: PROVIDER,
  idToken: 'id',
});

describe('Tokens that an identity provider has given', () => {
  let server: Server;
  let baseUrl: string;
  const asked: string[] = [];
  /** The one that the server accepts. */
  const good = 'a';

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { authorization = '' } = request.headers;
      asked.push(`${request.url ?? ''} ${authorization}`);
      request.resume();
      response.writeHead(authorization === `Bearer ${good}` ? 200 : 401, {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify({ userId: 'ada', roles: [], code: 'unauthenticated' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  beforeEach(() => {
    asked.length = 0;
  });

  function storeWith(tokens: Tokens): BrowserTokenStore {
    const values = new Map<string, string>();
    const store = new BrowserTokenStore({
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    });
    store.save(tokens);
    return store;
  }

  it('are renewed by whoever knows how, in time and after a refusal, and kept whole', async () => {
    const tokenStore = storeWith(given('old', 0));
    const renewed: string[] = [];
    const tollgate = new TollgateClient({
      baseUrl,
      tokenStore,
      renew: (tokens) => {
        renewed.push(tokens.refreshToken);
        return Promise.resolve(given(tokens.accessToken === 'old' ? 'refused' : good, 3_600_000));
      },
    });
    await Promise.all([tollgate.me(), tollgate.me()]);
    expect(renewed).toEqual(['refresh-old', 'refresh-refused']);
    expect(tokenStore.load()).toMatchObject({ accessToken: good, provider: PROVIDER, idToken: 'id' });
  });

  it('end with what the provider says, and are told to nobody else', async () => {
    let signedOut = 0;
    const tokenStore = storeWith(given('old', 0));
    const tollgate = new TollgateClient({
      baseUrl,
      tokenStore,
      renew: () => Promise.reject(new TollgateError('unauthenticated', 'It is over.')),
      onSignedOut: () => (signedOut += 1),
    });
    await expect(tollgate.me()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect([tokenStore.load(), signedOut]).toEqual([undefined, 1]);
    tokenStore.save(given('a', 3_600_000));
    await tollgate.logout();
    expect([tokenStore.load(), asked]).toEqual([undefined, ['/auth/me ']]);
  });

  it('are refused from a sign-out on that names their session, whatever the server answers', async () => {
    const claims = Buffer.from(JSON.stringify({ sid: 'one', name: 'Žofia' })).toString('base64url');
    const accessToken = `head.${claims}.signature`;
    const tokenStore = storeWith({ ...given('a', 3_600_000), accessToken });
    const tollgate = new TollgateClient({
      baseUrl,
      tokenStore,
      renew: () => Promise.reject(new Error('Nothing is to be renewed.')),
    });
    await tollgate.logout();
    expect([tokenStore.load(), asked]).toEqual([undefined, [`/auth/logout Bearer ${accessToken}`]]);
  });

  it('end when nobody knows how to renew them', async () => {
    const tollgate = new TollgateClient({ baseUrl, tokenStore: storeWith(given('old', 0)) });
    await expect(tollgate.me()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await tollgate.isSignedIn()).toBe(false);
  });
});
