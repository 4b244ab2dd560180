import type { JWTPayload } from 'jose';
import { Forger, LOGOUT_EVENTS } from '../support/oidc/forger.js';
import { API } from '../support/oidc/provider-configuration.js';
import { CookieJar, machineToken, signIn, signOut, type Tokens } from '../support/oidc/tokens.js';
import { OidcWorld } from '../support/oidc/oidc-world.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { seenIn, TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';

const FORM = 'application/x-www-form-urlencoded';

function never(): never {
  throw new Error('there is no such stream');
}

describe('back-channel logout', () => {
  let provider: OidcWorld;
  let forger: Forger;
  let world: TurnWorld;
  /** One for each run of the upstream. */
  let gates: Gate[] = [];
  beforeAll(async () => {
    provider = await OidcWorld.start({ people: ['ada', 'bob', 'eve'].map((sub) => ({ sub })) });
    forger = await Forger.start();
    world = await TurnWorld.start({
      OIDC_ISSUERS: JSON.stringify([provider.issuerSettings(), forger.settings]),
    });
  });
  afterAll(async () => {
    await world.close();
    await provider.close();
    await forger.close();
  });
  beforeEach(() => {
    gates = [];
    const newGate = (): Gate => {
      const made = new Gate();
      gates.push(made);
      return made;
    };
    world.upstream.runAs({ kind: 'agentflow2', gate: newGate, answer: () => ['one ', 'two'] });
    provider.knobs.tellsSessions = false;
    register(false);
  });
  afterEach(() => openAll());

  const openAll = (): void => gates.forEach((gate) => gate.open());

  const register = (namesSession: boolean) =>
    provider.registerClients({
      backchannelLogoutUri: `${world.server.url}/auth/backchannel-logout`,
      logoutNamesSession: namesSession,
    });
  const statusOf = async (token: string) =>
    (await world.server.request.get('/auth/me').auth(token, { type: 'bearer' })).status;
  const send = (token: string) =>
    world.server.request.post('/auth/backchannel-logout').type(FORM).send({ logout_token: token });
  const openStream = (token: string) =>
    world.server.stream('/predict/stream/store', { token, body: { chatflow_id: 'flow', question: 'Hi' } });
  async function ask(token: string) {
    const known = gates.length;
    const stream = await openStream(token);
    expect(stream.status).toBe(200);
    return readFirst(stream, known);
  }
  async function readFirst(stream: Awaited<ReturnType<typeof openStream>>, known: number) {
    await until(() => gates.length > known);
    gates.at(-1)?.release();
    return { turnId: String(stream.headers['x-turn-id']), rest: await readUntilText(stream, 'one ') };
  }
  /** Whoever signs in in the second of a logout may be refused: what is issued in it counts as before it. */
  const untilNextSecond = () => {
    const second = Math.floor(Date.now() / 1000);
    return until(() => Math.floor(Date.now() / 1000) > second);
  };

  it('refuses what was issued before, ends the streams, and lets in whoever signs in again', async () => {
    const jar = new CookieJar();
    const ada = await signIn(provider, 'ada', jar);
    const bob = await signIn(provider, 'bob');
    const { rest, turnId } = await ask(ada.access_token);
    await signOut(provider, jar, ada);
    const seen = seenIn(await readRest(rest));
    expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'access_revoked', true]);
    await world.upstream.whenIdle();
    expect(world.upstream.runs.at(-1)?.state).toBe('aborted');
    expect(await statusOf(ada.access_token)).toBe(401);
    expect(await statusOf(bob.access_token)).toBe(200);
    await untilNextSecond();
    const again = await signIn(provider, 'ada');
    expect(await world.server.read(`/turns/${turnId}`, again.access_token)).toMatchObject({
      status: 'stopped',
      charge: { held: 0, captured: 1 },
    });
  });

  it('ends only the session that it names, as far as tokens name theirs', async () => {
    provider.knobs.tellsSessions = true;
    register(true);
    const [laptop, phone] = [new CookieJar(), new CookieJar()];
    const [here, there] = [await signIn(provider, 'ada', laptop), await signIn(provider, 'ada', phone)];
    expect([await statusOf(here.access_token), await statusOf(there.access_token)]).toEqual([200, 200]);
    await signOut(provider, laptop, here);
    expect([await statusOf(here.access_token), await statusOf(there.access_token)]).toEqual([401, 200]);
  });

  it('ends the streams of that session, and those of no other, nor of a key', async () => {
    const tokens = await Promise.all(
      ['laptop', 'phone', undefined].map((sid) => forger.accessToken({ sub: 'hal', sid })),
    );
    const [laptop = '', phone = '', unnamed = ''] = tokens;
    const made = world.server.request.post('/auth/api-keys').auth(phone, { type: 'bearer' });
    const { key } = (await made.send({ name: 'program' }).expect(201)).body as { key: string };
    const open = [await ask(laptop), await ask(phone), await ask(key), await ask(unnamed)];
    const [here, there, program, nowhere] = open.map(({ rest }) => rest);
    expect((await send(await forger.logoutToken({ sub: undefined, sid: 'laptop' }))).status).toBe(200);
    // Of a token that names no session nobody can tell whose it is.
    for (const ended of [here, nowhere])
      expect(seenIn(await readRest(ended ?? never())).error?.code).toBe('access_revoked');
    openAll();
    for (const goesOn of [there, program])
      expect(seenIn(await readRest(goesOn ?? never()))).toMatchObject({ text: 'two', ended: true });
    expect(await Promise.all([laptop, phone, unnamed].map(statusOf))).toEqual([401, 200, 401]);
  });

  it('is what somebody can ask for here, with the token of the session', async () => {
    const [laptop, phone] = await Promise.all(
      ['a-laptop', 'a-phone'].map((sid) => forger.accessToken({ sub: 'ivy', sid })),
    );
    const [here, there] = [await ask(laptop ?? ''), await ask(phone ?? '')];
    const leave = (token = '') => world.server.request.post('/auth/logout').auth(token, { type: 'bearer' });
    expect((await leave(laptop)).status).toBe(204);
    expect(seenIn(await readRest(here.rest)).error?.code).toBe('access_revoked');
    openAll();
    expect(seenIn(await readRest(there.rest))).toMatchObject({ text: 'two', ended: true });
    expect([await statusOf(laptop ?? ''), await statusOf(phone ?? '')]).toEqual([401, 200]);
    expect((await leave(laptop)).status).toBe(401);
    const later = Math.floor(Date.now() / 1000) + 1;
    expect(await statusOf(await forger.accessToken({ sub: 'ivy', sid: 'a-laptop', iat: later }))).toBe(200);
    const unnamed = await forger.accessToken({ sub: 'ivy' });
    expect((await leave(unnamed)).status).toBe(204);
    expect([await statusOf(unnamed), await statusOf(phone ?? '')]).toEqual([401, 200]);
    const { token: admin } = await world.server.admin();
    const { data } = await world.server.read('/audit?limit=2&action=sign-in.end', admin);
    const entry = { action: 'sign-in.end', phase: 'done', targetKind: 'user', details: { issuer: 'forger' } };
    expect(data).toEqual([expect.objectContaining(entry), expect.objectContaining(entry)]);
  });

  it('ends all tokens that name no session, when it names one', async () => {
    register(true);
    const [laptop, phone] = [new CookieJar(), new CookieJar()];
    const [here, there] = [await signIn(provider, 'eve', laptop), await signIn(provider, 'eve', phone)];
    await signOut(provider, laptop, here);
    expect([await statusOf(here.access_token), await statusOf(there.access_token)]).toEqual([401, 401]);
  });

  it('refuses tokens that nobody came with before it', async () => {
    const jar = new CookieJar();
    const carol: Tokens = await (async () => {
      provider.knobs.people.set('carol', { sub: 'carol' });
      return signIn(provider, 'carol', jar);
    })();
    await signOut(provider, jar, carol);
    expect(await statusOf(carol.access_token)).toBe(401);
  });

  it('knows whose a session is that it names alone', async () => {
    const token = await forger.accessToken({ sub: 'ada', sid: 'session-1' });
    const other = await forger.accessToken({ sub: 'bob', sid: 'session-2' });
    const { rest } = await ask(token);
    expect(await statusOf(other)).toBe(200);
    const { status, text, headers } = await send(
      await forger.logoutToken({ sub: undefined, sid: 'session-1' }),
    );
    expect([status, text, headers['cache-control']]).toEqual([200, '', 'private, no-store']);
    expect(seenIn(await readRest(rest)).error?.code).toBe('access_revoked');
    expect([await statusOf(token), await statusOf(other)]).toEqual([401, 200]);
    const { token: admin } = await world.server.admin();
    const { data } = await world.server.read('/audit?limit=1&action=user.sign-out', admin);
    expect(data).toEqual([
      expect.objectContaining({ action: 'user.sign-out', targetKind: 'user', details: { issuer: 'forger' } }),
    ]);
  });

  it('leaves tokens alone that are newer than it', async () => {
    const iat = Math.floor(Date.now() / 1000);
    const token = await forger.accessToken({ sub: 'dan', iat });
    expect((await send(await forger.logoutToken({ sub: 'dan', iat: iat - 1 }))).status).toBe(200);
    expect(await statusOf(token)).toBe(200);
    expect((await send(await forger.logoutToken({ sub: 'dan', iat }))).status).toBe(200);
    expect(await statusOf(token)).toBe(401);
  });

  it('takes each logout token once', async () => {
    const token = await forger.logoutToken({ sub: 'grace' });
    const sent = await Promise.all([send(token), send(token), send(token)]);
    expect(sent.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    expect((await send(token)).status).toBe(400);
    const { token: admin } = await world.server.admin();
    await until(async () => {
      const { data } = await world.server.read('/audit?limit=1&action=logout-token.refuse', admin);
      return (data as { readonly code: string }[])[0]?.code === 'validation_failed';
    });
  });

  it.each<[string, JWTPayload, object]>([
    ['another audience', { aud: 'somebody-else' }, {}],
    ['no audience', { aud: undefined }, {}],
    ['another issuer', { iss: 'https://evil.example' }, {}],
    ['no event', { events: {} }, {}],
    ['no events', { events: undefined }, {}],
    ['an event that says nothing', { events: { [Object.keys(LOGOUT_EVENTS)[0] ?? '']: null } }, {}],
    ['a nonce', { nonce: 'n' }, {}],
    ['no jti', { jti: undefined }, {}],
    ['neither subject nor session', { sub: undefined }, {}],
    ['a subject that is none', { sub: 7 as never }, {}],
    ['no iat', { iat: undefined }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['an expiry in the past', { exp: Math.floor(Date.now() / 1000) - 60 }, {}],
    ['an age of eleven minutes', { iat: Math.floor(Date.now() / 1000) - 660 }, {}],
    ['a time that has yet to come', { iat: Math.floor(Date.now() / 1000) + 300 }, {}],
    ['a key that the issuer does not have', {}, { kid: 'unknown' }],
    ['an extension that is not understood', {}, { crit: ['exp'], exp: 1 }],
  ])('does nothing by a token with %s', async (_what, claims, header) => {
    const access = await forger.accessToken({ sub: 'frank' });
    const answer = await send(await forger.logoutToken({ sub: 'frank', ...claims }, header));
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(await statusOf(access)).toBe(200);
  });

  it.each<[string, string, string]>([
    ['no token', FORM, ''],
    ['two tokens', FORM, 'logout_token=a&logout_token=b'],
    ['no JWT', FORM, 'logout_token=a'],
    ['another name', FORM, 'token=a.b.c'],
    ['bytes that are no text', FORM, 'logout_token=%FF%FE'],
    ['JSON', 'application/json', '{"logout_token":"a.b.c"}'],
  ])('refuses a body with %s', async (_what, type, body) => {
    const answer = await world.server.request.post('/auth/backchannel-logout').type(type).send(body);
    expect([answer.status, answer.body.code]).toEqual([400, 'validation_failed']);
  });

  it('is no way in: a logout token is no access token', async () => {
    const token = await forger.logoutToken({ sub: 'frank', aud: API });
    expect(await statusOf(token)).toBe(401);
  });

  it('does not end machines that nobody signs out', async () => {
    const machine = await machineToken(provider);
    const jar = new CookieJar();
    await signOut(provider, jar, await signIn(provider, 'bob', jar));
    expect(await statusOf(machine)).toBe(200);
  });

  it('is not what a token does that expires in the middle of a stream', async () => {
    const known = gates.length;
    let token: string;
    let stream: Awaited<ReturnType<typeof openStream>>;
    let seconds = 2;
    do {
      // Beside the half minute that a clock may be off; a busy machine needs longer to begin.
      token = await forger.accessToken({ sub: 'ada', exp: Math.floor(Date.now() / 1000) - 30 + seconds });
      stream = await openStream(token);
      seconds *= 2;
    } while (stream.status === 401 && seconds < 60);
    expect(stream.status).toBe(200);
    const { rest } = await readFirst(stream, known);
    await until(async () => (await statusOf(token)) === 401);
    openAll();
    const seen = seenIn(await readRest(rest));
    expect([seen.text, seen.error, seen.ended]).toEqual(['two', undefined, true]);
  });
});
