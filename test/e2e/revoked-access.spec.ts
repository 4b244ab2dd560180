import { newId } from '../../src/platform/ids.js';
import { requestOf, STREAM_ROUTES, type StreamRoute } from '../support/dialects/stream-routes.js';
import type { EventStream } from '../support/event-stream.js';
import type { TestUser } from '../support/test-server.js';
import { TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';

const SAID = 'Your access was taken away';

describe('a user whose access is taken away while answers stream', () => {
  let world: TurnWorld;
  let admin: TestUser;
  let user: TestUser;
  let gate: Gate;
  beforeAll(async () => {
    world = await TurnWorld.start();
    admin = await world.server.admin();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    user = await world.server.registerUser();
    gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
  });
  afterEach(() => gate.open());

  const disable = (disabled = true) =>
    world.server.request
      .patch(`/users/${user.userId}`)
      .auth(admin.token, { type: 'bearer' })
      .send({ disabled })
      .expect(200);
  const signOut = () =>
    world.server.request
      .delete(`/users/${user.userId}/sign-ins`)
      .auth(admin.token, { type: 'bearer' })
      .expect(204);

  /** Collects the raw bytes as they come. */
  function collect(stream: EventStream) {
    const reading = { raw: '', over: Promise.resolve() };
    reading.over = (async () => {
      for await (const { raw, data } of stream) if (data !== undefined) reading.raw += `${raw}\n\n`;
    })()
      // Some formats break the connection off behind their last frame.
      .catch(() => undefined);
    return reading;
  }

  async function begin(route: StreamRoute, sessionId = newId()) {
    const asking = { ...world.setupOf(user), sessionId };
    const { path, ...request } = requestOf(route, asking);
    const asked = await world.server.stream(path, request);
    expect(asked.status).toBe(200);
    const turnId = String(asked.headers['x-turn-id']);
    const followed = route.follow?.(asking, turnId);
    const stream =
      followed === undefined ? asked : await world.server.stream(followed, { token: user.token });
    return { turnId, reading: collect(stream) };
  }

  it.each(STREAM_ROUTES.map((route) => [route.name, route] as const))(
    'gets the error and no more by %s, and is charged as for a stop',
    async (_, route) => {
      const { turnId, reading } = await begin(route);
      gate.release();
      await until(() => reading.raw.includes('one '));
      await disable();
      await reading.over;
      expect(reading.raw).toMatch(route.failed);
      expect(reading.raw.split(SAID).length).toBeGreaterThan(1);
      gate.open();
      await world.upstream.whenIdle();
      expect(world.upstream.runs.at(-1)?.state).toBe('aborted');
      expect(reading.raw).not.toContain('two');
      await disable(false);
      expect(await world.stored(turnId, user)).toMatchObject({
        status: 'stopped',
        errorCode: 'access_revoked',
        captured: 1,
        messages: ['user stopped Hi', 'assistant stopped one '],
      });
    },
  );

  it('has every stream ended, and others have none', async () => {
    const [route] = STREAM_ROUTES as [StreamRoute];
    // One for each run: none may take the pass of another.
    const gates: Gate[] = [];
    const newGate = () => {
      const made = new Gate();
      gates.push(made);
      return made;
    };
    world.upstream.runAs({ kind: 'agentflow2', gate: newGate, answer: () => ['one ', 'two'] });
    const theirs = await Promise.all(Array.from({ length: 20 }, () => begin(route)));
    const victim = user;
    user = await world.server.registerUser();
    const other = await begin(route);
    user = victim;
    const all = [...theirs, other];
    await until(() => gates.length === all.length);
    for (const one of gates) one.release();
    await until(() => all.every(({ reading }) => reading.raw.includes('one ')));
    await signOut();
    await Promise.all(theirs.map(({ reading }) => reading.over));
    for (const { reading } of theirs) expect(reading.raw).toMatch(/"code":"access_revoked"/);
    for (const one of gates) one.open();
    await other.reading.over;
    expect(other.reading.raw).toMatch(route.completed);
    for (const { reading } of theirs) expect(reading.raw).not.toContain('two');
    // Signed out, not disabled.
    user = await world.server.logIn(victim.email, victim.password);
    expect((await world.stored(theirs[0]?.turnId ?? '', user)).status).toBe('stopped');
    expect((await world.server.read('/accounting/balance', user.token)).held).toBe(0);
  });

  it('goes on when they sign themselves out', async () => {
    const [route] = STREAM_ROUTES as [StreamRoute];
    const { reading } = await begin(route);
    gate.release();
    await until(() => reading.raw.includes('one '));
    await world.server.request.delete('/auth/sign-ins').auth(user.token, { type: 'bearer' }).expect(204);
    gate.open();
    await reading.over;
    expect(reading.raw).toMatch(route.completed);
  });
});
