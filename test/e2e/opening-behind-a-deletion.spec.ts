import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { TurnStore } from '../../src/chat/records/turn.store.port.js';
import { readWhole } from '../support/turn-world.js';
import type { TestServer, TestUser } from '../support/test-server.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { until } from '../support/until.js';

const CREDITS = 10;
const KEY = 'a key of the test that is long enough';
const QUESTION = 'what nobody has answered';

/** The kinds of a user's rows of the ledger but for what was given, newest first. */
async function rowsIn({ two }: TwoInstances, { token }: TestUser): Promise<string[]> {
  const { data } = await two.read('/accounting/transactions', token);
  return (data as { kind: string }[]).map(({ kind }) => kind).filter((kind) => kind !== 'grant');
}

describe('an opening that the database makes behind the answer that there is none', () => {
  let world: TwoInstances;
  let user: TestUser;

  beforeAll(async () => {
    world = await startTwoInstances();
    user = await world.newUser(CREDITS);
    world.upstream.runAs({ kind: 'agentflow2', answer: () => ['An answer'] });
  });
  afterAll(() => world.close());

  const ask = (server: TestServer, question: string, headers = {}, sessionId = 'main') =>
    server.stream('/predict/stream/store', {
      token: user.token,
      headers,
      body: { chatflow_id: 'flow', question, sessionId },
    });
  const rowsOf = () => rowsIn(world, user);

  it('has no effect: no session comes back, nothing is held, and the key is free', async () => {
    expect(await readWhole(await ask(world.one, 'before'))).toMatchObject({ ended: true });
    const [runs, rows] = [world.upstream.runs.length, (await rowsOf()).length];

    world.link.holdFrom(QUESTION);
    const refused = await ask(world.one, QUESTION, { 'idempotency-key': KEY });
    expect([refused.status, JSON.parse(await refused.text())]).toMatchObject([
      503,
      { code: 'storage_unavailable' },
    ]);
    expect(world.link.isHolding).toBe(true);
    // Nothing has come through yet, so that the other instance can delete the session.
    const gone = await world.two.request.delete('/sessions/main').auth(user.token, { type: 'bearer' });
    expect(gone.status).toBeLessThan(300);

    world.link.letThrough();
    // It was made: its hold stands in the ledger, and is given back.
    await until(async () => (await rowsOf()).length === rows + 2);
    await until(async () => (await world.one.request.get('/health/ready')).status === 200);
    expect((await rowsOf()).slice(0, 2).sort()).toEqual(['hold', 'release']);
    expect(await world.two.read('/accounting/balance', user.token)).toEqual({
      available: CREDITS - 1,
      held: 0,
    });
    await until(
      async () =>
        (await world.two.request.get('/sessions/main').auth(user.token, { type: 'bearer' })).status === 404,
    );
    expect(await world.two.read('/sessions', user.token)).toMatchObject({ data: [] });
    expect(world.upstream.runs.length).toBe(runs);

    const again = await readWhole(await ask(world.two, QUESTION, { 'idempotency-key': KEY }));
    expect(again).toMatchObject({ text: 'An answer', ended: true, metadata: { charged: 1 } });
    expect(world.upstream.runs.length).toBe(runs + 1);
  });

  it('is not seen, and nobody is told of it, before it is undone', async () => {
    const question = 'what is on its way into a deleted session';
    expect(await readWhole(await ask(world.one, 'before', {}, 'seen'))).toMatchObject({ ended: true });
    const rows = (await rowsOf()).length;
    world.link.holdFrom(question);
    expect((await ask(world.one, question, {}, 'seen')).status).toBe(503);
    const gone = await world.two.request.delete('/sessions/seen').auth(user.token, { type: 'bearer' });
    expect(gone.status).toBeLessThan(300);
    // What undoes it is held.
    world.link.letFirstThrough();
    await until(async () => (await rowsOf()).length === rows + 1);
    const look = async (path: string) =>
      (await world.two.request.get(path).auth(user.token, { type: 'bearer' })).status;
    expect(await look('/sessions/seen')).toBe(404);
    expect(await look('/sessions/seen/messages')).toBe(404);
    expect(await look('/api/chat/seen/stream')).toBe(204);
    const listed = await world.two.read('/sessions', user.token);
    expect((listed.data as { id: string }[]).filter(({ id }) => id === 'seen')).toEqual([]);
    world.link.letThrough();
    await until(async () => (await rowsOf()).length === rows + 2);
    expect((await rowsOf()).slice(0, 2).sort()).toEqual(['hold', 'release']);
  });

  it('stays as an interrupted turn when a repeat was told of it before it could be undone', async () => {
    const [runs, rows] = [world.upstream.runs.length, (await rowsOf()).length];
    const { available } = await world.two.read('/accounting/balance', user.token);
    const question = 'what a repeat was told of';
    const headers = { 'idempotency-key': 'another key that is long enough' };
    world.link.holdFrom(question);
    const refused = await ask(world.one, question, headers, 'other');
    expect([refused.status, (await refused.text()).includes('storage_unavailable')]).toEqual([503, true]);
    // What undoes it is held.
    world.link.letFirstThrough();
    await until(async () => (await rowsOf()).length === rows + 1);
    const repeat = await ask(world.two, question, headers, 'other');
    expect(repeat.status).toBe(200);
    const turnId = String(repeat.headers['x-turn-id']);
    world.link.letThrough();
    expect(await readWhole(repeat)).toMatchObject({
      text: '',
      ended: true,
      error: { code: 'turn_interrupted' },
    });
    expect(await world.two.read(`/turns/${turnId}`, user.token)).toMatchObject({ status: 'interrupted' });
    expect(await world.two.read('/accounting/balance', user.token)).toEqual({ available, held: 0 });
    expect(world.upstream.runs.length).toBe(runs);
    const again = await ask(world.two, question, headers, 'other');
    expect(again.headers['x-turn-id']).toBe(turnId);
    await again.text();
  });
});

describe('an opening that comes behind the deletion of its session, of an instance that is not heard of again', () => {
  let world: TwoInstances;
  beforeAll(async () => {
    world = await startTwoInstances({ TURN_LEASE_MS: '2000' });
    world.upstream.runAs({ kind: 'agentflow2', answer: () => ['An answer'] });
  });
  afterAll(() => world.close());

  it('is undone by whoever takes it over, however shortly before it was asked', async () => {
    const { one, two, link } = world;
    const user = await world.newUser(CREDITS);
    const bearer = { type: 'bearer' } as const;
    expect(await readWhole(await world.ask(one, user, 'before'))).toMatchObject({ ended: true });
    const rows = () => rowsIn(world, user);
    const before = (await rows()).length;
    link.holdFrom(QUESTION);
    const asked = world.ask(one, user, QUESTION);
    await until(() => link.isHolding);
    expect((await two.request.delete('/sessions/main').auth(user.token, bearer)).status).toBeLessThan(300);
    // What would undo it is held for good.
    link.letFirstThrough();
    await until(async () => (await rows()).length > before);
    // From its first moment on nobody is led to it, which would keep it.
    const look = async (path: string) => (await two.request.get(path).auth(user.token, bearer)).status;
    expect(await look('/sessions/main')).toBe(404);
    expect(await look('/api/chat/main/stream')).toBe(204);
    expect((await two.request.delete('/sessions/main').auth(user.token, bearer)).status).toBe(404);
    expect(await two.read('/sessions', user.token)).toMatchObject({ data: [] });
    // Who asks the same again waits until it is gone.
    expect(await readWhole(await world.ask(two, user, QUESTION))).toMatchObject({
      text: 'An answer',
      ended: true,
      metadata: { charged: 1 },
    });
    const kinds = (await rows()).slice(0, 4);
    expect(kinds.sort()).toEqual(['capture', 'hold', 'hold', 'release']);
    expect(await two.read('/accounting/balance', user.token)).toEqual({ available: CREDITS - 2, held: 0 });
    expect(await two.read('/sessions/main/messages', user.token)).toMatchObject({
      data: [{ role: 'user' }, { role: 'assistant' }],
      turns: [],
    });
    expect((await asked).status).toBe(503);
    link.letThrough();
  });

  it('is known by the deletion itself where its turns are long gone', async () => {
    const { one, two } = world;
    await until(async () => (await one.request.get('/health/ready')).status === 200);
    const user = await world.newUser(CREDITS);
    const session = { userId: user.userId, sessionId: 'old' };
    expect(await readWhole(await world.ask(one, user, 'long ago', 'old'))).toMatchObject({ ended: true });
    const database = two.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
    await database.collection('turns').deleteMany(session);
    const begun = Date.now();
    await two.request.delete('/sessions/old').auth(user.token, { type: 'bearer' }).expect(204);
    const deletedAt = await one.get(TurnStore).lastDeletion(session);
    expect(deletedAt?.getTime()).toBeGreaterThanOrEqual(begun);
    expect(await readWhole(await world.ask(one, user, 'anew', 'old'))).toMatchObject({ ended: true });
  });
});
