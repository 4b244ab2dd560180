import { createServer } from 'node:http';
import { MAX_RETRY_MS } from '../../src/auth/issuers/issuer-discovery.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';
import { OidcWorld } from '../support/oidc/oidc-world.js';
import { signIn } from '../support/oidc/tokens.js';
import { until } from '../support/until.js';

const PEOPLE = [{ sub: 'ada' }];

const realNow = Date.now;

/** For what asks `Date.now`. @returns gives the time back */
function replaceNow(now: () => number): () => void {
  Date.now = now;
  return () => {
    Date.now = realNow;
  };
}
const pass = (ms: number) => replaceNow(() => realNow() + ms);

describe('an OpenID provider that is out', () => {
  let world: OidcWorld;
  let server: AuthServer | undefined;
  let api: ApiClient;
  let restore = () => {};
  const start = async () => {
    server = await startAuthServer({ OIDC_ISSUERS: JSON.stringify([world.issuerSettings()]) });
    api = new ApiClient(server.url);
  };
  const statusOf = async (token: string) => (await api.bearer(token).get('/auth/me')).status;
  beforeEach(async () => {
    world = await OidcWorld.start({ people: PEOPLE });
  });
  afterEach(async () => {
    restore();
    restore = () => {};
    await server?.close();
    await world.close();
  });

  it('keeps nobody from starting: own accounts work, its tokens are an outage until it is there', async () => {
    const { access_token: token } = await signIn(world, 'ada');
    const port = Number(new URL(world.issuer).port);
    await world.close();
    await start();
    const own = await api.signUp('own@example.com');
    expect((await own.api.get('/auth/me')).status).toBe(200);
    const answer = await api.bearer(token).get('/auth/me');
    expect([answer.status, answer.body.code]).toEqual([503, 'upstream_unavailable']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    world = await OidcWorld.start({ people: PEOPLE, port });
    restore = pass(MAX_RETRY_MS);
    const fresh = await signIn(world, 'ada');
    await until(async () => (await statusOf(fresh.access_token)) === 200);
    // Signed with the keys of before, which it does not have any more.
    expect(await statusOf(token)).toBe(401);
  });

  it('is not asked again for every token', async () => {
    const { access_token: token } = await signIn(world, 'ada');
    const port = Number(new URL(world.issuer).port);
    await world.close();
    let asked = 0;
    const broken = createServer((_request, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => broken.listen(port, '127.0.0.1', resolve));
    const frozen = Date.now();
    restore = replaceNow(() => frozen);
    await start();
    for (let i = 0; i < 20; i += 1) expect(await statusOf(token)).toBe(503);
    expect(asked).toBe(1);
    await new Promise((resolve) => broken.close(resolve));
  });

  it('that dies goes on to be believed with the keys at hand', async () => {
    await start();
    const [first, second] = [await signIn(world, 'ada'), await signIn(world, 'ada')];
    expect(await statusOf(first.access_token)).toBe(200);
    await world.close();
    expect(await statusOf(second.access_token)).toBe(200);
  });

  it('may change its keys: tokens of the old one are good while it is told, and not when it is taken back', async () => {
    await start();
    const old = await signIn(world, 'ada');
    expect(await statusOf(old.access_token)).toBe(200);
    await world.rotateKeys(true);
    const next = await signIn(world, 'ada');
    // An unknown key is looked for at most every half a minute.
    restore = pass(31_000);
    expect(await statusOf(next.access_token)).toBe(200);
    expect(await statusOf(old.access_token)).toBe(200);
    await world.rotateKeys(false);
    const last = await signIn(world, 'ada');
    // What was verified is believed for a minute.
    restore = pass(95_000);
    expect(await statusOf(last.access_token)).toBe(200);
    expect(await statusOf(old.access_token)).toBe(401);
  });
});
