import { randomUUID } from 'node:crypto';
import { Gate } from '../support/upstream/gate.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';

describe('Idempotency-Key', () => {
  let world: TurnWorld;
  beforeAll(async () => {
    world = await TurnWorld.start();
  });
  afterAll(() => world.close());

  const capturesOf = async (token: string): Promise<number> => {
    const { data } = await world.server.read('/accounting/transactions?limit=100', token);
    return (data as { kind: string }[]).filter(({ kind }) => kind === 'capture').length;
  };

  it('makes one turn and one charge of a double click; both clients see the whole answer', async () => {
    for (let round = 0; round < 10; round += 1) {
      const user = await world.server.registerUser();
      const gate = new Gate();
      world.upstream.runAs({ kind: 'chain', gate, answer: () => ['Hel', 'lo'] });
      const requestsBefore = world.upstream.requests.length;
      const key = randomUUID();
      const clicks = await Promise.all(Array.from({ length: 4 }, () => world.ask({ user, key })));
      expect(clicks.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(new Set(clicks.map(({ headers }) => headers['x-turn-id'])).size).toBe(1);
      gate.open();
      const seen = await Promise.all(clicks.map(readWhole));
      for (const { text, events, metadata } of seen) {
        expect(text).toBe('Hello');
        expect(events.at(-1)).toBe('end');
        expect(metadata).toEqual(seen[0]?.metadata);
      }
      expect(world.upstream.requests.length - requestsBefore).toBe(1);
      expect(await capturesOf(user.token)).toBe(1);
    }
  });

  it('gives both clicks the same refusal when there are no credits for it', async () => {
    const poor = await world.server.registerUser({ credits: 0 });
    for (let round = 0; round < 5; round += 1) {
      const key = randomUUID();
      const clicks = await Promise.all([world.ask({ user: poor, key }), world.ask({ user: poor, key })]);
      expect(clicks.map(({ status }) => status)).toEqual([402, 402]);
      for (const click of clicks) await click.text();
    }
  });

  it('leads back to the ended turn, which is charged once', async () => {
    const user = await world.server.registerUser();
    world.upstream.runAs({ kind: 'chain', answer: () => ['Hello'] });
    const key = randomUUID();
    const first = await world.askWhole({ user, key });
    const again = await world.askWhole({ user, key });
    expect(again).toEqual(first);
    const { body } = await world.server.request
      .post('/predict')
      .set({ authorization: `Bearer ${user.token}`, 'idempotency-key': `"${key}"` })
      .send({ chatflow_id: 'flow', question: 'Hi' })
      .expect(200);
    expect(body).toMatchObject({ text: 'Hello', turnId: first.turnId, charged: 1 });
    expect(await capturesOf(user.token)).toBe(1);
  });

  it('refuses another body under the same key, and none of it runs', async () => {
    const user = await world.server.registerUser();
    const key = randomUUID();
    await world.askWhole({ user, key });
    const other = await world.ask({ user, key, question: 'Something else' });
    expect(other.status).toBe(422);
    expect(JSON.parse(await other.text())).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await capturesOf(user.token)).toBe(1);
  });

  it('means nothing between users', async () => {
    const [one, two] = [await world.server.registerUser(), await world.server.registerUser()];
    const key = randomUUID();
    const seen = await Promise.all([world.askWhole({ user: one, key }), world.askWhole({ user: two, key })]);
    expect(seen[0]?.turnId).not.toBe(seen[1]?.turnId);
    expect(await capturesOf(one.token)).toBe(1);
    expect(await capturesOf(two.token)).toBe(1);
  });

  it.each(['', '   ', 'x'.repeat(256), 'with "quotes" inside'])('refuses the key %p', async (key) => {
    const stream = await world.ask({ key });
    expect(stream.status).toBe(400);
    await stream.text();
  });

  it('refuses a second turn of a session while the first runs, and names that one', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'chain', gate, answer: () => ['Hello'] });
    const first = await world.ask();
    const sessionId = String(first.headers['x-session-id']);
    const second = await world.ask({ sessionId, question: 'Something else' });
    expect(second.status).toBe(409);
    expect(JSON.parse(await second.text())).toMatchObject({
      code: 'turn_in_progress',
      turnId: first.headers['x-turn-id'],
    });
    gate.open();
    await readWhole(first);
    world.upstream.runAs({ kind: 'chain' });
    expect((await world.askWhole({ sessionId, question: 'What did I say?' })).metadata).toBeDefined();
    const { data } = await world.server.read(`/sessions/${sessionId}/messages`, world.user.token);
    expect((data as { content: string }[]).map(({ content }) => content)).toEqual([
      'Hi',
      'Hello',
      'What did I say?',
      'I remember: you said "Hi"; I said "Hello"; ',
    ]);
  });
});
