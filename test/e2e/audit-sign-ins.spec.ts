import { SignJWT } from 'jose';
import { AuditFailures, MAX_FAILURES_TOLD_APART } from '../../src/audit/audit-failures.service.js';
import { JwtSecret } from '../../src/auth/tokens/jwt-secret.js';
import { startTestServer, type TestServer, type TestUser } from '../support/test-server.js';
import { until } from '../support/until.js';

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly phase: string;
  readonly actorId?: string;
  readonly targetId?: string;
  readonly code?: string;
  readonly answers?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const HERE = '127.0.0.1';
const NEW = 'another password of a test';

describe('the audit log of who comes in', () => {
  let server: TestServer;
  let admin: TestUser;
  beforeAll(async () => {
    server = await startTestServer({ TRUST_PROXY_HOPS: '1' });
    admin = await server.admin();
  });
  afterAll(() => server.close());

  const entries = async (query = ''): Promise<Entry[]> => {
    const { data } = await server.read(`/audit?limit=1000${query}`, admin.token);
    return data as Entry[];
  };
  const post = (path: string, body: object, from = HERE) =>
    server.request.post(path).set('x-forwarded-for', from).send(body);
  const ended = () => server.get(AuditFailures).endWindow();

  it('tells registrations, sign-ins and sign-outs, with who and which', async () => {
    const email = 'ada@audit.example';
    const { body: registered } = await post('/auth/register', { email, password: NEW }).expect(201);
    const userId = String(registered.userId);
    const { body: pair } = await post('/auth/login', { email, password: NEW })
      .set('x-request-id', 'the-sign-in')
      .expect(200);
    const bearer = { type: 'bearer' } as const;
    await server.request.post('/auth/logout').auth(String(pair.access_token), bearer).expect(204);
    await post('/auth/logout', { refresh_token: pair.refresh_token }).expect(204);
    const found = (await entries(`&actorId=${userId}`)).toReversed();
    expect(found).toMatchObject([
      { action: 'user.register', phase: 'done', targetId: userId },
      { action: 'sign-in.create', phase: 'done', requestId: 'the-sign-in', targetId: expect.any(String) },
      { action: 'sign-in.end', phase: 'done', targetId: found[1]?.targetId },
    ]);
    const registrations = await entries('&action=user.register');
    expect(registrations.find(({ id }) => id === found[0]?.answers)).toMatchObject({ phase: 'asked' });
    expect(found).toHaveLength(3);
    await post('/auth/register', { email, password: NEW }).expect(409);
    expect((await entries('&action=user.register'))[0]).toMatchObject({ phase: 'refused', code: 'conflict' });
    expect(JSON.stringify(await entries())).not.toContain(email);
  });

  it('tells that a refresh token was used again, and whose sign-in ended by it', async () => {
    const user = await server.registerUser();
    const { email, password } = user;
    const { body } = await post('/auth/login', { email, password }).expect(200);
    const used = { refresh_token: body.refresh_token as string };
    const { body: second } = await post('/auth/refresh', used).expect(200);
    await post('/auth/refresh', { refresh_token: second.refresh_token }).expect(200);
    await post('/auth/refresh', used).expect(401);
    await post('/auth/refresh', used).expect(401);
    expect(await entries(`&actorId=${user.userId}&action=sign-in.reuse-token`)).toMatchObject([
      { phase: 'refused', targetId: used.refresh_token.split('.')[0] },
    ]);
  });

  it('counts failed and throttled sign-ins, without the mail of anybody', async () => {
    const user = await server.registerUser();
    const from = '192.0.2.7';
    const wrong = (email: string) => post('/auth/login', { email, password: 'a wrong one' }, from);
    for (let count = 0; count < 13; count += 1) await wrong(user.email);
    await wrong('nobody@audit.example').expect(401);
    await wrong('somebody@audit.example').expect(401);
    await ended();
    const told = async (action: string) =>
      (await entries(`&action=${action}`))
        .filter(({ details }) => details?.address === from)
        .map(({ targetId, code, details }) => [targetId, code, details?.count])
        // Nobody waits for them: those that are written at the same time have no order.
        .sort((one, other) => String(one).localeCompare(String(other)));
    expect(await told('sign-in.fail')).toEqual([
      [undefined, 'unauthenticated', 1],
      [undefined, 'unauthenticated', 1],
      [user.userId, 'unauthenticated', 1],
      [user.userId, 'unauthenticated', 9],
    ]);
    expect(await told('sign-in.throttle')).toEqual([
      [undefined, 'rate_limited', 1],
      [undefined, 'rate_limited', 2],
    ]);
    expect(JSON.stringify(await entries())).not.toMatch(/audit\.example|a wrong one/);
  });

  it('tells apart no more failures than there is room for, and loses none of them', async () => {
    await ended();
    const known = new Set((await entries('&action=api-key.refuse')).map(({ id }) => id));
    const attempts = MAX_FAILURES_TOLD_APART + 30;
    const key = `tg_${'x'.repeat(43)}`;
    for (let index = 0; index < attempts; index += 1)
      await server.request
        .get('/auth/me')
        .set({ 'x-api-key': key, 'x-forwarded-for': `198.51.100.${index}` });
    await ended();
    const fresh = (await entries('&action=api-key.refuse')).filter(({ id }) => !known.has(id));
    const counts = fresh.map(({ details }) => Number(details?.count));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(attempts);
    expect(fresh).toHaveLength(MAX_FAILURES_TOLD_APART + 2);
    expect(JSON.stringify(fresh)).not.toContain(key);
  });

  it('counts access tokens that are refused, and not those that have expired', async () => {
    const user = await server.registerUser();
    const [header, , signature] = user.token.split('.');
    const forged = Buffer.from(JSON.stringify({ sub: admin.userId, exp: 4_000_000_000 })).toString(
      'base64url',
    );
    const from = '203.0.113.9';
    const come = (token: string) =>
      server.request.get('/auth/me').auth(token, { type: 'bearer' }).set('x-forwarded-for', from).expect(401);
    for (const token of ['a.b.c', 'nothing', `${header}.${forged}.${signature}`]) await come(token);
    const { value } = server.get(JwtSecret);
    const claims = { sub: user.userId, sid: 'x', exp: Math.floor(Date.now() / 1000) - 3600 };
    await come(
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(value)),
    );
    await ended();
    const found = (await entries('&action=access-token.refuse')).filter(
      ({ details }) => details?.address === from,
    );
    expect(found.map(({ code }) => code)).toEqual(['unauthenticated', 'unauthenticated']);
    expect(found.map(({ details }) => details?.count).sort()).toEqual([1, 2]);
  });

  it('tells a change and a reset of a password, and tokens that set none', async () => {
    const user = await server.registerUser();
    const { body } = await server.request
      .post(`/users/${user.userId}/password-reset`)
      .auth(admin.token, { type: 'bearer' })
      .expect(201);
    await post('/auth/password-reset', { token: `${user.userId}.${'x'.repeat(43)}`, new_password: NEW });
    await post('/auth/password-reset', { token: body.token, new_password: NEW }).expect(204);
    await until(async () => (await entries(`&action=user.set-password`)).length >= 3);
    const found = await entries(`&targetId=${user.userId}`);
    expect(found.map(({ action, phase }) => `${action} ${phase}`).sort()).toEqual(
      [
        'user.register done',
        'user.reset-password asked',
        'user.reset-password done',
        'user.set-password asked',
        'user.set-password done',
        'user.set-password refused',
      ].sort(),
    );
    expect(JSON.stringify(found)).not.toContain(String(body.token));
  });
});
