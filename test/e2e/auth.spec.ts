import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { VerifiedTokens } from '../../src/auth/tokens/verified-tokens.service.js';
import { ApiClient } from '../support/auth/api-client.js';
import { startAuthServer, type AuthServer } from '../support/auth/auth-server.js';

const SECRET = 'a-secret-of-at-least-32-characters';
const PASSWORD = 'correct horse';

const unauthenticated = expect.objectContaining({ status: 401, code: 'unauthenticated' });

describe('Accounts and tokens', () => {
  let server: AuthServer;
  let api: ApiClient;
  beforeAll(async () => {
    server = await startAuthServer({ JWT_SECRET: SECRET });
    api = new ApiClient(server.url);
  });
  afterAll(() => server.close());

  describe('registration', () => {
    it('makes an account, logs in and tells who one is', async () => {
      const registered = await api.post('/auth/register', { email: ' Ada@Example.COM ', password: PASSWORD });
      expect(registered.status).toBe(201);
      expect(registered.body).toEqual({ userId: expect.any(String), email: 'ada@example.com' });
      const login = await api.post('/auth/login', { email: 'ADA@example.com', password: PASSWORD });
      expect(login.status).toBe(200);
      expect(login.headers.get('cache-control')).toBe('private, no-store');
      expect(login.body).toEqual({
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
      });
      const me = await api.bearer(login.body.access_token as string).get('/auth/me');
      expect(me.body).toEqual({ userId: registered.body.userId, email: 'ada@example.com', roles: ['user'] });
    });

    it('refuses an e-mail that is taken, however it is written', async () => {
      await api.signUp('taken@example.com');
      const again = await api.post('/auth/register', { email: 'TAKEN@example.com', password: 'another one' });
      expect(again.status).toBe(409);
      expect(again.body.code).toBe('conflict');
    });

    it('makes one account when the same e-mail registers many times at once', async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () =>
          api.post('/auth/register', { email: 'rush@example.com', password: PASSWORD }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
    });

    it.each([
      [{ email: 'no address', password: PASSWORD }, 'email'],
      [{ email: { $ne: null }, password: PASSWORD }, 'email'],
      [{ email: 'short@example.com', password: '1234567' }, 'password'],
      [{ email: 'long@example.com', password: 'x'.repeat(129) }, 'password'],
      [{ email: 'common@example.com', password: 'Password' }, 'password'],
      [{ email: 'lovelace@example.com', password: 'Lovelace-1843' }, 'password'],
      [{ email: 'op@example.com', password: { $gt: '' } }, 'password'],
      [{ email: 'more@example.com', password: PASSWORD, roles: ['admin'] }, 'roles'],
    ])('refuses %j', async (body, field) => {
      const answer = await api.post('/auth/register', body);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body.code).toBe('validation_failed');
      expect(answer.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    });

    it('is refused beyond so many from one address in an hour', async () => {
      const few = await startAuthServer({ REGISTRATIONS_PER_ADDRESS: '2', TRUST_PROXY_HOPS: '1' });
      const register = (name: string, address: string) =>
        new ApiClient(few.url)
          .with({ 'x-forwarded-for': address })
          .post('/auth/register', { email: `${name}@example.com`, password: PASSWORD });
      const here = await Promise.all(['a', 'b', 'c', 'd'].map((name) => register(name, '192.0.2.1')));
      const elsewhere = await register('e', '192.0.2.2');
      await few.close();
      expect(here.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429]);
      const refused = here.find(({ status }) => status === 429);
      expect(refused?.body.code).toBe('rate_limited');
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(3500);
      expect(elsewhere.status).toBe(201);
    });

    it('is refused when it is closed', async () => {
      const closed = await startAuthServer({ REGISTRATION: 'closed' });
      const body = { email: 'late@example.com', password: PASSWORD };
      const answer = await new ApiClient(closed.url).post('/auth/register', body);
      await closed.close();
      expect(answer.status).toBe(403);
      expect(answer.body.code).toBe('forbidden');
    });
  });

  describe('login', () => {
    it('answers the same for an unknown e-mail and a wrong password', async () => {
      await api.signUp('known@example.com');
      const wrong = await api.post('/auth/login', { email: 'known@example.com', password: 'wrong horse' });
      const unknown = await api.post('/auth/login', { email: 'nobody@example.com', password: 'wrong horse' });
      expect(wrong.status).toBe(401);
      expect({ ...wrong.body, errorId: '' }).toEqual({ ...unknown.body, errorId: '' });
    });

    it.each([{ $ne: null }, ['known@example.com'], null, 7])('refuses %j for an e-mail', async (email) => {
      expect((await api.post('/auth/login', { email, password: PASSWORD })).status).toBe(400);
    });

    it('stops guessing after ten failures, even when the eleventh guess is right', async () => {
      await api.signUp('guessed@example.com');
      for (let i = 0; i < 10; i += 1) {
        const guess = await api.post('/auth/login', { email: 'guessed@example.com', password: `guess ${i}` });
        expect(guess.status).toBe(401);
      }
      const right = await api.post('/auth/login', { email: 'guessed@example.com', password: PASSWORD });
      expect(right.status).toBe(429);
      expect(right.body.code).toBe('rate_limited');
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(800);
    });
  });

  it('stops one password that is tried on every e-mail, and only where it comes from', async () => {
    const sprayed = await startAuthServer({ TRUST_PROXY_HOPS: '1' });
    const from = (address: string) => new ApiClient(sprayed.url).with({ 'x-forwarded-for': address });
    const { api: owner } = await from('192.0.2.7').signUp('owner@example.com');
    const guess = (i: number) =>
      from(`2001:db8::${(i + 1).toString(16)}`).post('/auth/login', {
        email: `user-${i}@example.com`,
        password: 'Sommer2026',
      });
    const statuses: number[] = [];
    for (let i = 0; i < 300; i += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, j) => guess(i + j)));
      statuses.push(...answers.map(({ status }) => status));
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    expect(statuses.filter((status) => status === 429)).toHaveLength(200);
    const right = { email: 'owner@example.com', password: PASSWORD };
    const there = await from('2001:db8::ffff').post('/auth/login', right);
    expect([there.status, Number(there.headers.get('retry-after')) > 800]).toEqual([429, true]);
    expect((await from('192.0.2.8').post('/auth/login', right)).status).toBe(200);
    expect((await owner.get('/auth/me')).status).toBe(200);
    await sprayed.close();
  });

  it('tells no more than ten results of guesses that are sent at once', async () => {
    await api.signUp('burst@example.com');
    const guesses = Array.from({ length: 30 }, (_, i) =>
      api.post('/auth/login', { email: 'burst@example.com', password: `guess ${i}` }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
  });

  describe('refresh', () => {
    it('rotates, and a token used again after the next one ends the login for everybody', async () => {
      const first = await api.signUp('rotate@example.com');
      const second = await api.post('/auth/refresh', { refresh_token: first.refreshToken });
      expect(second.status).toBe(200);
      expect(second.headers.get('cache-control')).toBe('private, no-store');
      expect((await api.bearer(second.body.access_token as string).get('/auth/me')).status).toBe(200);
      const third = await api.post('/auth/refresh', { refresh_token: second.body.refresh_token as string });
      expect(third.status).toBe(200);
      const reused = await api.post('/auth/refresh', { refresh_token: first.refreshToken });
      expect(reused.body).toEqual(unauthenticated);
      const newest = await api.post('/auth/refresh', { refresh_token: third.body.refresh_token as string });
      expect(newest.body).toEqual(unauthenticated);
    });

    it('gives the same pair to two tabs, and both stay signed in', async () => {
      const { refreshToken } = await api.signUp('race@example.com');
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => api.post('/auth/refresh', { refresh_token: refreshToken })),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      const [pair] = answers;
      for (const { body } of answers)
        expect({ ...body, expires_in: 900 }).toEqual({ ...pair?.body, expires_in: 900 });
      expect((await api.bearer(pair?.body.access_token as string).get('/auth/me')).status).toBe(200);
      const next = await api.post('/auth/refresh', { refresh_token: pair?.body.refresh_token as string });
      expect(next.status).toBe(200);
    });

    it.each([['garbage'], [{ $ne: null }], ['']])('refuses %j', async (token) => {
      const { status } = await api.post('/auth/refresh', { refresh_token: token });
      expect(status).toBe(token === 'garbage' ? 401 : 400);
    });
  });

  describe('logout', () => {
    it('ends the login of the access token and no other', async () => {
      const phone = await api.signUp('logout@example.com');
      const laptop = await api.logIn('logout@example.com');
      expect((await phone.api.post('/auth/logout')).status).toBe(204);
      expect((await api.post('/auth/refresh', { refresh_token: phone.refreshToken })).status).toBe(401);
      expect((await api.post('/auth/refresh', { refresh_token: laptop.refreshToken })).status).toBe(200);
    });

    it('ends the login of a refresh token when the access token is gone', async () => {
      const { refreshToken } = await api.signUp('logout2@example.com');
      expect((await api.post('/auth/logout', { refresh_token: refreshToken })).status).toBe(204);
      expect((await api.post('/auth/refresh', { refresh_token: refreshToken })).status).toBe(401);
    });

    it('needs one of the two', async () => {
      expect((await api.post('/auth/logout')).body).toEqual(unauthenticated);
    });
  });

  describe('access tokens', () => {
    const key = new TextEncoder().encode(SECRET);
    const claims = { email: 'eve@example.com', roles: ['admin'] };
    // Somebody there is: the tokens below are refused for what is said of each, not for want of a user.
    let eve: string;
    beforeAll(async () => {
      eve = (await api.signUp('eve@example.com')).userId;
    });
    const signed = (secret = key, alg = 'HS256') =>
      new SignJWT(claims)
        .setProtectedHeader({ alg })
        .setSubject(eve)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(secret);

    it('carry what the contract says, signed with HS256', async () => {
      const { accessToken, userId } = await api.signUp('claims@example.com');
      expect(decodeProtectedHeader(accessToken).alg).toBe('HS256');
      const payload = decodeJwt(accessToken);
      expect(payload).toMatchObject({ sub: userId, email: 'claims@example.com', roles: ['user'] });
      expect(payload.jti).toEqual(expect.any(String));
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
    });

    it('count when they are right: the control of the next test', async () => {
      expect((await api.bearer(await signed()).get('/auth/me')).status).toBe(200);
    });

    it.each<[string, () => Promise<string> | string]>([
      [
        'forged with another secret',
        () => signed(new TextEncoder().encode('another secret of 32 characters!')),
      ],
      ['signed with another HMAC', () => signed(key, 'HS512')],
      [
        'unsigned (alg none)',
        () => new UnsecuredJWT(claims).setSubject(eve).setExpirationTime('5m').encode(),
      ],
      ['without a signature', async () => (await signed()).replace(/[^.]*$/, '')],
      [
        'with a changed payload',
        async () => {
          const [header, , signature] = (await signed()).split('.');
          const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'root', exp: 9e9 })).toString(
            'base64url',
          );
          return [header, payload, signature].join('.');
        },
      ],
      [
        'expired',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject(eve)
            .setExpirationTime(1000)
            .sign(key),
      ],
      [
        'without an expiry',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject(eve).sign(key),
      ],
      [
        'without a subject',
        () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(key),
      ],
      [
        'of a user who does not exist',
        () =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256' })
            .setSubject('nobody')
            .setExpirationTime('5m')
            .sign(key),
      ],
      ['that are no tokens at all', () => 'a.b.c'],
    ])('%s are refused', async (_what, token) => {
      const answer = await api.bearer(await token()).get('/auth/me');
      expect(answer.body).toEqual(unauthenticated);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(JSON.stringify(answer.body)).not.toContain('eyJ');
    });

    it('are required', async () => {
      expect((await api.get('/auth/me')).body).toEqual(unauthenticated);
    });

    it('are verified once for many requests', async () => {
      const { accessToken, api: ada, userId } = await api.signUp('busy@example.com');
      const verified = server.app.get(VerifiedTokens, { strict: false });
      expect(verified.find(accessToken)).toBeUndefined();
      await ada.get('/auth/me');
      const remembered = verified.find(accessToken);
      expect(remembered?.userId).toBe(userId);
      await ada.get('/auth/me');
      // The very same object: a second verification would have put another in its place.
      expect(verified.find(accessToken)).toBe(remembered);
    });

    it('of one server mean nothing to another in the same process', async () => {
      const other = await startAuthServer({ JWT_SECRET: 'o'.repeat(32) });
      const { accessToken, api: mine } = await api.signUp('two@example.com');
      expect((await new ApiClient(other.url).bearer(accessToken).get('/auth/me')).status).toBe(401);
      await other.close();
      expect((await mine.get('/auth/me')).status).toBe(200);
    });
  });

  describe('API keys', () => {
    it('are shown once and stand for their owner in each of the three headers', async () => {
      const { api: ada, userId } = await api.signUp('keys@example.com');
      const made = await ada.post('/auth/api-keys', { name: 'report' });
      expect(made.status).toBe(201);
      expect(made.body).toEqual({
        id: expect.any(String),
        name: 'report',
        prefix: made.body.key.slice(0, 10),
        key: expect.stringMatching(/^tg_[\w-]{43}$/),
        scopes: ['chat', 'read'],
        createdAt: expect.any(String),
      });
      const key = made.body.key as string;
      const headers = { 'storm-api-key': key, 'x-api-key': key, authorization: `Bearer ${key}` };
      for (const [name, value] of Object.entries(headers)) {
        expect((await api.with({ [name]: value }).get('/auth/me')).body).toMatchObject({ userId });
      }
      const list = await ada.get('/auth/api-keys');
      expect(list.body.data).toHaveLength(1);
      expect(JSON.stringify(list.body)).not.toContain(key);
    });

    it('stop working when revoked, which only their owner can', async () => {
      const { api: ada } = await api.signUp('revoke@example.com');
      const { api: bob } = await api.signUp('other@example.com');
      const { body } = await ada.post('/auth/api-keys', { name: 'gone' });
      const program = api.with({ 'x-api-key': body.key as string });
      expect((await program.get('/auth/me')).status).toBe(200);
      expect((await bob.delete(`/auth/api-keys/${body.id}`)).status).toBe(404);
      expect((await program.get('/auth/me')).status).toBe(200);
      expect((await ada.delete(`/auth/api-keys/${body.id}`)).status).toBe(204);
      expect((await program.get('/auth/me')).status).toBe(401);
      expect((await ada.delete(`/auth/api-keys/${body.id}`)).status).toBe(404);
    });

    it('are rotated by a token, with an overlap for the old one', async () => {
      const { api: ada } = await api.signUp('rotating@example.com');
      const { body: made } = await ada.post('/auth/api-keys', { name: 'turning', scopes: ['read'] });
      const me = async (key: string) => (await api.with({ 'x-api-key': key }).get('/auth/me')).status;
      const { body: rotated, status } = await ada.post(`/auth/api-keys/${made.id}/rotate`, {
        overlapSeconds: 3600,
      });
      expect(status).toBe(200);
      expect(rotated).toMatchObject({ id: made.id, scopes: ['read'], prefix: rotated.key.slice(0, 10) });
      expect(rotated.key).not.toBe(made.key);
      expect([await me(made.key), await me(rotated.key)]).toEqual([200, 200]);
      const { body: last } = await ada.post(`/auth/api-keys/${made.id}/rotate`, { overlapSeconds: 0 });
      expect([await me(made.key), await me(rotated.key), await me(last.key)]).toEqual([401, 401, 200]);
      const itself = api.with({ 'x-api-key': last.key as string });
      expect((await itself.post(`/auth/api-keys/${made.id}/rotate`, {})).status).toBe(403);
      const { api: bob } = await api.signUp('not-rotating@example.com');
      expect((await bob.post(`/auth/api-keys/${made.id}/rotate`, {})).status).toBe(404);
      for (const overlapSeconds of [-1, 1.5, 7 * 24 * 3600 + 1])
        expect((await ada.post(`/auth/api-keys/${made.id}/rotate`, { overlapSeconds })).status).toBe(400);
    });

    it('cannot make keys', async () => {
      const { api: ada } = await api.signUp('minting@example.com');
      const { body } = await ada.post('/auth/api-keys', { name: 'first' });
      const answer = await api
        .with({ 'x-api-key': body.key as string })
        .post('/auth/api-keys', { name: 'second' });
      expect(answer.status).toBe(403);
    });

    it.each([
      { name: '' },
      { name: { $ne: 1 } },
      { name: 'x', expiresAt: 'tomorrow' },
      { name: 'x', expiresAt: '2001-01-01T00:00:00Z' },
      { name: 'x', keyHash: 'x' },
      { name: 'x', scopes: [] },
      { name: 'x', scopes: ['read', 'read'] },
      { name: 'x', scopes: ['write'] },
      { name: 'x', scopes: 'read' },
      { name: 'x', chatflowIds: [] },
      { name: 'x', chatflowIds: ['../x'] },
      { name: 'x', chatflowIds: Array.from({ length: 101 }, (_, index) => `flow-${index}`) },
      { name: 'x', requestsPerMinute: 0 },
      { name: 'x', requestsPerMinute: 1.5 },
    ])('cannot be made from %j', async (body) => {
      const { api: ada } = await api.logIn('keys@example.com');
      expect((await ada.post('/auth/api-keys', body)).status).toBe(400);
    });

    it.each(['tg_', `tg_${'A'.repeat(43)}`, 'anything'])('are refused when they are %j', async (key) => {
      expect((await api.with({ 'storm-api-key': key }).get('/auth/me')).body).toEqual(unauthenticated);
    });

    it('are not replaced by a good token when they are wrong', async () => {
      const { accessToken } = await api.logIn('keys@example.com');
      const both = { 'x-api-key': 'wrong', authorization: `Bearer ${accessToken}` };
      expect((await api.with(both).get('/auth/me')).status).toBe(401);
    });
  });
});
