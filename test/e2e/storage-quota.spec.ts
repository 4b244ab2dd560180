import type { EventStream } from '../support/event-stream.js';
import type { TestServer, TestUser } from '../support/test-server.js';
import { readWhole } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { until } from '../support/until.js';

const LIMIT = 80_000;
const REFUSED = { status: 409, code: 'quota_exceeded', quota: 'stored-bytes', limit: LIMIT };
const LARGE = 'x'.repeat(30_000);

describe('what is stored of a user', () => {
  let world: TwoInstances;
  let user: TestUser;

  beforeEach(async () => {
    world = await startTwoInstances({ STORED_BYTES_PER_USER: String(LIMIT) });
    world.upstream.runAs({ kind: 'chain', answer: () => ['Hi'] });
    user = await world.newUser(100);
  });
  afterEach(() => world.close());

  const refusalOf = async (stream: EventStream) => {
    const { status, code, quota, limit } = JSON.parse(await stream.text()) as Record<string, unknown>;
    return { status, code, quota, limit };
  };
  const askWhole = async (server: TestServer, question: string, session: string) =>
    (await readWhole(await world.ask(server, user, question, session))).metadata?.charged;
  const remove = (server: TestServer, session: string) =>
    server.request.delete(`/sessions/${session}`).auth(user.token, { type: 'bearer' }).expect(204);

  it('is as much as it may be, on every instance and after a restart, until sessions are deleted', async () => {
    const { one, two } = world;
    for (const session of ['a', 'b', 'c']) expect(await askWhole(one, LARGE, session)).toBe(1);
    for (const server of [one, two])
      for (const session of ['a', 'new'])
        expect(await refusalOf(await world.ask(server, user, 'Hi', session))).toEqual(REFUSED);
    const balance = await one.read('/accounting/balance', user.token);
    expect(balance).toMatchObject({ available: 97 });
    const again = await world.startAnother();
    try {
      expect(await refusalOf(await world.ask(again, user, 'Hi', 'a'))).toEqual(REFUSED);
    } finally {
      await again.close();
    }
    await remove(two, 'b');
    // A sum that was slow to read is good for longer: what another instance has deleted may be seen a moment later.
    for (const server of [one, two]) await until(async () => (await askWhole(server, 'Hi', 'a')) === 1);
    // Somebody else's room is their own.
    const other = await world.newUser(1);
    expect((await readWhole(await world.ask(one, other, 'Hi', 'a'))).metadata?.charged).toBe(1);
  });

  it('holds what failed as well, and what was long in the answer', async () => {
    const { one, upstream } = world;
    upstream.runAs({ kind: 'chain', answer: () => ['y'.repeat(60_000)] });
    expect(await askWhole(one, 'Hi', 'a')).toBe(1);
    upstream.runAs({ kind: 'chain', answer: () => [] });
    expect(await askWhole(one, LARGE, 'a')).toBeUndefined();
    expect(await refusalOf(await world.ask(one, user, 'Hi', 'b'))).toEqual(REFUSED);
    await remove(one, 'a');
    upstream.runAs({ kind: 'chain', answer: () => ['Hi'] });
    expect(await askWhole(one, 'Hi', 'b')).toBe(1);
  });
});
