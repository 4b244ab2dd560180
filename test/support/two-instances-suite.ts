import { OpenReadings } from '../../src/chat/turn/log/open-readings.service.js';
import { readRest, readUntilText } from './read-until.js';
import type { TestServer, TestUser } from './test-server.js';
import { readWhole, seenIn } from './turn-world.js';
import { startTwoInstances, type TwoInstances } from './two-instances.js';
import { until } from './until.js';
import { flowise } from './upstream/flowise-behaviours.js';
import { Gate } from './upstream/gate.js';

const CREDITS = 10;
/** More bytes than the kernel takes for both ends of a connection. */
const LONG = Array.from({ length: 40 }, (_, index) => `${index} ${'語'.repeat(100_000)}`);
const WORDS = ['one ', 'two ', 'three'];

/**
 * What holds for two instances, however they speak to each other.
 * @param settings of both; asked once before the tests
 */
export function twoInstancesSuite(settings: () => Promise<Readonly<Record<string, string>>>): void {
  let world: TwoInstances;
  let user: TestUser;
  let first: Gate;
  let second: Gate;

  beforeAll(async () => (world = await startTwoInstances(await settings())));
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.newUser(CREDITS);
    first = new Gate();
    second = new Gate();
    world.upstream.runAs({
      kind: 'agentflow2',
      gate: ({ question }) => (question === 'first' ? first : question === 'gated' ? second : undefined),
      answer: ({ question }) =>
        question === 'first' || question === 'gated' ? WORDS : ['You said: ', question],
    });
  });
  afterEach(() => {
    first.open();
    second.open();
  });

  const balance = () => world.two.read('/accounting/balance', user.token);
  const messages = async (server: TestServer = world.two) =>
    ((await server.read('/sessions/main/messages', user.token)).data as Record<string, string>[]).map(
      ({ role, status, content }) => `${role} ${status} ${content}`,
    );

  /** Asks the first instance, and sees the first word. */
  async function begin() {
    const stream = await world.ask(world.one, user, 'first');
    first.release();
    const rest = await readUntilText(stream, 'one ');
    return { stream, rest, turnId: String(stream.headers['x-turn-id']) };
  }

  it('stop each other’s turns, which are settled', async () => {
    const { rest, turnId } = await begin();
    const { body } = await world.two.request
      .post(`/turns/${turnId}/stop`)
      .auth(user.token, { type: 'bearer' })
      .expect(200);
    expect(body).toMatchObject({ turnId, status: 'stopped', charged: 1, keptCharacters: 4 });
    const seen = seenIn(await readRest(rest));
    expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'turn_stopped', true]);
    await world.upstream.whenIdle();
    expect(world.upstream.runs.at(-1)?.state).toBe('aborted');
    expect(await messages()).toEqual(['user stopped first', 'assistant stopped one ']);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  it('end the turns of a user whom an admin disables on the other one, wherever they are read', async () => {
    const { rest, turnId } = await begin();
    const follower = await world.two.stream(`/turns/${turnId}/stream`, { token: user.token });
    const followed = await readUntilText(follower, 'one ');
    const { token } = await world.two.admin();
    const disable = (disabled: boolean) =>
      world.two.request
        .patch(`/users/${user.userId}`)
        .auth(token, { type: 'bearer' })
        .send({ disabled })
        .expect(200);
    await disable(true);
    for (const read of [rest, followed]) {
      const seen = seenIn(await readRest(read));
      expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'access_revoked', true]);
    }
    await world.upstream.whenIdle();
    expect(world.upstream.runs.at(-1)?.state).toBe('aborted');
    await disable(false);
    expect(await messages()).toEqual(['user stopped first', 'assistant stopped one ']);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  /** A key of the user that both instances know. */
  async function knownKey(): Promise<{ readonly id: string; readonly asKey: TestUser }> {
    const made = world.two.request.post('/auth/api-keys').auth(user.token, { type: 'bearer' });
    const { body } = await made.send({ name: 'a program' }).expect(201);
    const asKey = { ...user, token: String(body.key) };
    for (const server of [world.one, world.two]) await server.read('/auth/me', asKey.token);
    return { id: String(body.id), asKey };
  }
  async function askedByKey(asKey: TestUser) {
    const stream = await world.ask(world.one, asKey, 'gated', 'by key');
    second.release();
    return readUntilText(stream, 'one ');
  }
  const revoke = (server: TestServer, id: string) =>
    server.request.delete(`/auth/api-keys/${id}`).auth(user.token, { type: 'bearer' }).expect(204);

  it('end what was asked and is read with a key that is revoked on the other one, and nothing else', async () => {
    const { id, asKey } = await knownKey();
    const own = await begin();
    const asked = await askedByKey(asKey);
    const read = await readUntilText(
      await world.two.stream(`/turns/${own.turnId}/stream`, { token: asKey.token }),
      'one ',
    );
    await revoke(world.two, id);
    for (const ended of [asked, read]) {
      const seen = seenIn(await readRest(ended));
      expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'access_revoked', true]);
    }
    first.open();
    expect(seenIn(await readRest(own.rest)).text).toBe('two three');
    await until(async () => (await balance()).held === 0);
    expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
  });

  it('end what was asked with a key that was revoked on the other one while it was being admitted', async () => {
    const { id, asKey } = await knownKey();
    world.link.holdFrom('first');
    const asking = world.ask(world.one, asKey, 'first', 'late');
    await until(() => world.link.isHolding);
    await revoke(world.two, id);
    world.link.letThrough();
    const stream = await asking;
    expect(stream.status).toBe(200);
    const seen = seenIn(await stream.events());
    expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'access_revoked', true]);
    await until(async () => (await balance()).held === 0);
    expect(await balance()).toEqual({ available: CREDITS, held: 0 });
  });

  it('end the turns of those from whom the other one takes the chatflow', async () => {
    const { rest } = await begin();
    const { token } = await world.two.admin();
    const put = (access: object) =>
      world.two.request
        .put('/chatflows/flow')
        .auth(token, { type: 'bearer' })
        .send({
          name: 'Flow',
          provider: 'flowise',
          upstream: { flowId: 'flow' },
          price: { credits: 1 },
          access,
        })
        .expect(200);
    await put({ roles: ['admin'] });
    const seen = seenIn(await readRest(rest));
    await put({ public: true });
    expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'access_revoked', true]);
    expect(await messages()).toEqual(['user stopped first', 'assistant stopped one ']);
    // Until the first knows it again.
    await until(async () => (await world.ask(world.one, user, 'again', 'another')).status === 200);
  });

  it('cut off who reads an answer back from the store with a key that is revoked on the other one', async () => {
    const { id, asKey } = await knownKey();
    world.upstream.respondWith(flowise.tokens(...LONG));
    const { turnId } = await readWhole(await world.ask(world.one, user, 'long'));
    const slow = await world.two.stream(`/turns/${turnId}/stream`, { token: asKey.token });
    expect(slow.status).toBe(200);
    await revoke(world.one, id);
    const readings = world.two.get(OpenReadings);
    await until(() => readings.count === 0);
    await expect(slow.events()).rejects.toThrow('aborted');
  });

  it('let a turn yield that nobody watches to a message that the other one gets', async () => {
    const { stream } = await begin();
    stream.abort();
    expect(await readWhole(await world.ask(world.two, user, 'second'))).toMatchObject({
      text: 'You said: second',
      ended: true,
    });
    expect(await messages(world.one)).toEqual([
      'user stopped first',
      'assistant stopped one ',
      'user completed second',
      'assistant completed You said: second',
    ]);
    expect(await balance()).toEqual({ available: CREDITS - 2, held: 0 });
  });

  it('refuse a message while the turn is watched where it runs', async () => {
    const { rest, turnId } = await begin();
    const refused = await world.ask(world.two, user, 'second');
    expect(refused.status).toBe(409);
    expect(JSON.parse(await refused.text())).toMatchObject({ code: 'turn_in_progress', turnId });
    first.open();
    expect(seenIn(await readRest(rest)).metadata).toMatchObject({ charged: 1 });
    expect(await messages()).toEqual(['user completed first', 'assistant completed one two three']);
  });

  it('refuse a message while the turn is watched on the other one only', async () => {
    const { stream, turnId } = await begin();
    const watcher = await world.two.stream(`/turns/${turnId}/stream`, { token: user.token });
    const behind = await readUntilText(watcher, 'one ');
    stream.abort();
    for (const server of [world.one, world.two]) {
      const refused = await world.ask(server, user, 'second');
      expect(refused.status).toBe(409);
      await refused.text();
    }
    first.open();
    const seen = seenIn(await readRest(behind));
    expect([seen.text, seen.ended]).toEqual(['two three', true]);
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  it('attach the same question to the turn that runs on the other one, and follow it', async () => {
    const { stream, turnId } = await begin();
    stream.abort();
    const attached = await world.ask(world.two, user, 'first');
    expect([attached.status, attached.headers['x-turn-id']]).toEqual([200, turnId]);
    first.open();
    expect(await readWhole(attached)).toMatchObject({ text: WORDS.join(''), ended: true });
    expect(await balance()).toEqual({ available: CREDITS - 1, held: 0 });
  });

  it('show each other’s turns and delete each other’s sessions', async () => {
    const { rest, turnId } = await begin();
    expect(await world.two.read('/sessions/main/messages', user.token)).toMatchObject({
      data: [],
      turns: [{ turnId, status: 'running', question: 'first' }],
    });
    await world.two.request.delete('/sessions/main').auth(user.token, { type: 'bearer' }).expect(409);
    first.open();
    await readRest(rest);
    const { headers } = await world.two.request
      .delete('/sessions/main')
      .auth(user.token, { type: 'bearer' })
      .expect(204);
    expect(headers['x-upstream-memory']).toBe('deleted');
    for (const server of [world.one, world.two]) {
      await server.request.get(`/turns/${turnId}`).auth(user.token, { type: 'bearer' }).expect(404);
      const { status } = await server.stream(`/turns/${turnId}/stream`, { token: user.token });
      expect(status).toBe(404);
    }
  });
}
