import { OpenReadings } from '../../src/chat/turn/log/open-readings.service.js';
import { LiveTurns } from '../../src/chat/turn/run/live-turns.js';
import { newId } from '../../src/platform/ids.js';
import { requestOf, STREAM_ROUTES, type StreamRoute } from '../support/dialects/stream-routes.js';
import { readRest, readUntilText } from '../support/read-until.js';
import type { TestUser } from '../support/test-server.js';
import { seenIn, TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';

interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** More bytes than the kernel takes for both ends of a connection. */
const LONG = Array.from({ length: 40 }, (_, index) => `${index} ${'語'.repeat(100_000)}`);

describe('a stream whose authority is taken away', () => {
  let world: TurnWorld;
  let admin: TestUser;
  let user: TestUser;
  /** One for each run of the upstream, in their order: none takes the pass of another. */
  let gates: Gate[] = [];
  beforeAll(async () => {
    world = await TurnWorld.start();
    admin = await world.server.admin();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    gates = [];
    const newGate = (): Gate => {
      const made = new Gate();
      gates.push(made);
      return made;
    };
    world.upstream.runAs({ kind: 'agentflow2', gate: newGate, answer: () => ['one ', 'two'] });
    await world.putChatflow('flow');
  });
  afterEach(async () => {
    openAll();
    const [live, readings] = [world.server.get(LiveTurns), world.server.get(OpenReadings)];
    // Nothing is kept of who has left.
    await until(() => live.count === 0 && readings.count === 0);
  });

  const openAll = (): void => gates.forEach((gate) => gate.open());
  /** The newest run says its first word. */
  const releaseNext = async (known: number): Promise<void> => {
    await until(() => gates.length > known);
    gates.at(-1)?.release();
  };

  const as = ({ token }: TestUser) => ({ authorization: `Bearer ${token}` });
  const makeKey = async (settings: object = {}, { token }: TestUser = user): Promise<MadeKey> => {
    const made = world.server.request.post('/auth/api-keys').auth(token, { type: 'bearer' });
    const { body } = await made.send({ name: 'a program', ...settings }).expect(201);
    return { id: String(body.id), key: String(body.key) };
  };
  const revoke = ({ id }: MadeKey) =>
    world.server.request.delete(`/auth/api-keys/${id}`).set(as(user)).expect(204);
  const rotate = ({ id }: MadeKey, overlapSeconds: number) =>
    world.server.request
      .post(`/auth/api-keys/${id}/rotate`)
      .set(as(user))
      .send({ overlapSeconds })
      .expect(200);

  /** Asks and sees the first word. */
  async function begin(token = user.token) {
    const known = gates.length;
    const stream = await world.ask({ user: { ...user, token }, sessionId: newId() });
    expect(stream.status).toBe(200);
    const turnId = String(stream.headers['x-turn-id']);
    await releaseNext(known);
    return { turnId, rest: await readUntilText(stream, 'one ') };
  }
  async function follow(turnId: string, token: string) {
    return readUntilText(await world.server.stream(`/turns/${turnId}/stream`, { token }), 'one ');
  }
  const endOf = async (rest: Awaited<ReturnType<typeof follow>>) => {
    const { text, error, ended } = seenIn(await readRest(rest));
    return [text, error?.code, ended];
  };
  const REVOKED = ['', 'access_revoked', true];
  const COMPLETED = ['two', undefined, true];

  it.each(STREAM_ROUTES.map((route) => [route.name, route] as const))(
    'ends when the key is revoked with which it was asked by %s, and is charged as for a stop',
    async (_, route: StreamRoute) => {
      const key = await makeKey();
      const asking = { ...world.setupOf({ ...user, token: key.key }), sessionId: newId() };
      const { path, ...request } = requestOf(route, asking);
      const asked = await world.server.stream(path, request);
      expect(asked.status).toBe(200);
      const turnId = String(asked.headers['x-turn-id']);
      const followed = route.follow?.(asking, turnId);
      const stream = followed === undefined ? asked : await world.server.stream(followed, { token: key.key });
      let raw = '';
      const over = (async () => {
        for await (const event of stream) if (event.data !== undefined) raw += `${event.raw}\n\n`;
      })().catch(() => undefined);
      await releaseNext(0);
      await until(() => raw.includes('one '));
      await revoke(key);
      await over;
      expect(raw).toMatch(route.failed);
      expect(raw).toContain('Your access was taken away');
      expect(await world.stored(turnId, user)).toMatchObject({
        status: 'stopped',
        errorCode: 'access_revoked',
        captured: 1,
        balance: { held: 0 },
      });
      openAll();
      await world.upstream.whenIdle();
      expect(raw).not.toContain('two');
    },
  );

  it('ends for the reader with the revoked key alone, when the turn was asked by a sign-in', async () => {
    const key = await makeKey();
    const { turnId, rest } = await begin();
    const [byKey, bySignIn] = [await follow(turnId, key.key), await follow(turnId, user.token)];
    await revoke(key);
    expect(await endOf(byKey)).toEqual(REVOKED);
    openAll();
    for (const reading of [rest, bySignIn]) expect(await endOf(reading)).toEqual(COMPLETED);
    expect(await world.stored(turnId, user)).toMatchObject({ status: 'completed', captured: 1 });
  });

  it('ends when the key is rotated and the secret is not good any longer, and only then', async () => {
    const key = await makeKey();
    const { rest } = await begin(key.key);
    await rotate(key, 60);
    const { body } = await rotate(key, 0);
    expect(await endOf(rest)).toEqual(REVOKED);
    const next = await begin(String(body.key));
    const overlapping = await rotate(key, 60);
    const newest = await begin(String(overlapping.body.key));
    openAll();
    for (const one of [next, newest]) expect(await endOf(one.rest)).toEqual(COMPLETED);
  });

  it('goes on when the key expires, which was foreseeable', async () => {
    const expiresAt = Date.now() + 2000;
    const key = await makeKey({ expiresAt: new Date(expiresAt).toISOString() });
    const { rest } = await begin(key.key);
    await until(() => Date.now() > expiresAt);
    await world.server.request.get('/auth/me').set('x-api-key', key.key).expect(401);
    // Something else changes and has it looked at.
    await makeKey().then(revoke);
    await world.putChatflow('flow');
    openAll();
    expect(await endOf(rest)).toEqual(COMPLETED);
  });

  it('ends when the key is not for its chatflow any more', async () => {
    const key = await makeKey();
    const asked = await begin(key.key);
    const own = await begin();
    const read = await follow(own.turnId, key.key);
    await world.server.request
      .patch(`/auth/api-keys/${key.id}`)
      .set(as(user))
      .send({ chatflowIds: ['another'] })
      .expect(200);
    expect(await endOf(asked.rest)).toEqual(REVOKED);
    expect(await endOf(read)).toEqual(REVOKED);
    openAll();
    expect(await endOf(own.rest)).toEqual(COMPLETED);
  });

  it('ends when the chatflow is not for its asker any more, and not for those for whom it is', async () => {
    const { rest, turnId } = await begin();
    const other = user;
    user = await world.server.registerUser();
    const kept = await begin();
    await world.putChatflow('flow', { access: { users: [user.userId] } });
    expect(await endOf(rest)).toEqual(REVOKED);
    openAll();
    expect(await endOf(kept.rest)).toEqual(COMPLETED);
    expect(await world.stored(turnId, other)).toMatchObject({ errorCode: 'access_revoked', captured: 1 });
    // What was said is theirs to read.
    const stored = await world.server.stream(`/turns/${turnId}/stream`, { token: other.token });
    expect(seenIn(await stored.events())).toMatchObject({ text: 'one ', error: { code: 'access_revoked' } });
  });

  it('ends when the chatflow is disabled, for everybody, who may read what was said', async () => {
    const { rest, turnId } = await begin();
    const byAdmin = await begin(admin.token);
    await world.putChatflow('flow', { disabled: true });
    for (const ended of [rest, byAdmin.rest]) expect(await endOf(ended)).toEqual(REVOKED);
    expect(await world.stored(turnId, user)).toMatchObject({
      status: 'stopped',
      errorCode: 'access_revoked',
      captured: 1,
      balance: { held: 0 },
    });
    const stored = await world.server.stream(`/turns/${turnId}/stream`, { token: user.token });
    expect(seenIn(await stored.events())).toMatchObject({ text: 'one ', error: { code: 'access_revoked' } });
  });

  it('ends when the chatflow is deleted', async () => {
    const { rest } = await begin();
    await world.server.request.delete('/chatflows/flow').set(as(admin)).expect(204);
    expect(await endOf(rest)).toEqual(REVOKED);
  });

  it('ends when its asker loses the role that the chatflow asks for', async () => {
    await world.putChatflow('flow', { access: { roles: ['admin'] } });
    const change = (roles: string[]) =>
      world.server.request.patch(`/users/${user.userId}`).set(as(admin)).send({ roles }).expect(200);
    await change(['user', 'admin']);
    const { rest } = await begin();
    await change(['user']);
    expect(await endOf(rest)).toEqual(REVOKED);
  });

  it('is refused to whoever waits for the whole answer of somebody else’s turn', async () => {
    const key = await makeKey();
    const idempotencyKey = newId();
    const body = { chatflow_id: 'flow', question: 'Hi' };
    const ask = (token: string) =>
      world.server.request
        .post('/predict')
        .auth(token, { type: 'bearer' })
        .set('Idempotency-Key', idempotencyKey)
        .send(body);
    const bySignIn = ask(user.token).then((answer) => answer);
    const readings = world.server.get(OpenReadings);
    await until(() => readings.count === 1);
    const byKey = ask(key.key).then((answer) => answer);
    await until(() => readings.count === 2);
    await revoke(key);
    expect((await byKey).body).toMatchObject({ status: 403, code: 'access_revoked' });
    openAll();
    expect((await bySignIn).status).toBe(200);
  });

  it('is cut off in the middle of the answer of a turn that has ended, whose end is never sent', async () => {
    world.upstream.respondWith(flowise.tokens(...LONG));
    const key = await makeKey();
    const { turnId } = seenIn(await (await world.ask({ user })).events());
    const slow = await world.server.stream(`/turns/${turnId}/stream`, { token: key.key });
    expect(slow.status).toBe(200);
    await revoke(key);
    // Whoever begins to read sooner could be through before the key is looked at.
    await until(() => world.server.get(OpenReadings).count === 0);
    await expect(slow.events()).rejects.toThrow('aborted');
  });
});
