import type { EventStream } from '../support/event-stream.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';

const AT_ONCE = 60;
const LIMIT = 5;

describe('the sessions of a user', () => {
  let world: TurnWorld;
  let gate: Gate;

  beforeEach(async () => {
    world = await TurnWorld.start({ SESSIONS_PER_USER: String(LIMIT) });
    gate = new Gate();
    world.upstream.respondWith(flowise.gated(gate, 'Hello'));
  });
  afterEach(async () => {
    gate.open();
    await world.close();
  });

  const sessions = async () =>
    (await world.server.read('/sessions?limit=100', world.user.token)).data as { id: string }[];
  const open = async () => {
    const { status, body } = await world.server.request
      .post('/sessions')
      .auth(world.user.token, { type: 'bearer' })
      .send({ chatflowId: 'flow' });
    return { status, code: (body as { code?: string }).code, id: String((body as { id?: string }).id) };
  };
  const refusalOf = async (stream: EventStream) => {
    const { status, code, quota, limit } = JSON.parse(await stream.text()) as Record<string, unknown>;
    return { status, code, quota, limit };
  };
  const REFUSED = { status: 409, code: 'quota_exceeded', quota: 'sessions', limit: LIMIT };

  it.each([
    ['without a name', () => undefined],
    ['that clients have named', (turn: number) => `mine-${turn}`],
  ])('are as many as they may be, however many begin at once: sessions %s', async (_name, nameOf) => {
    const ask = (turn: number) => {
      const sessionId = nameOf(turn);
      return world.ask(sessionId === undefined ? {} : { sessionId });
    };
    const streams = await Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => ask(turn)));
    const admitted = streams.filter(({ status }) => status === 200);
    expect(admitted).toHaveLength(LIMIT);
    for (const stream of streams) if (stream.status !== 200) expect(await refusalOf(stream)).toEqual(REFUSED);
    expect(world.upstream.requests.length).toBe(LIMIT);
    gate.open();
    for (const stream of admitted) expect((await readWhole(stream)).metadata?.charged).toBe(1);
    const [first, ...others] = await sessions();
    expect(others).toHaveLength(LIMIT - 1);
    expect(await refusalOf(await ask(AT_ONCE))).toEqual(REFUSED);
    // Those that are there go on, and a deleted one makes room.
    expect((await world.askWhole({ sessionId: String(first?.id) })).metadata?.charged).toBe(1);
    await world.deleteSession(String(first?.id));
    expect((await readWhole(await ask(AT_ONCE + 1))).metadata?.charged).toBe(1);
    expect((await ask(AT_ONCE + 2)).status).toBe(409);
    expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
  });

  it('are as many as they may be, however many are opened at once', async () => {
    const opened = await Promise.all(Array.from({ length: AT_ONCE }, open));
    expect(opened.filter(({ status }) => status === 201)).toHaveLength(LIMIT);
    expect(opened.filter(({ code }) => code === 'quota_exceeded')).toHaveLength(AT_ONCE - LIMIT);
    expect(await sessions()).toHaveLength(LIMIT);
    await world.deleteSession(String(opened.find(({ status }) => status === 201)?.id));
    expect([(await open()).status, (await open()).status]).toEqual([201, 409]);
  });

  it('are counted for each user', async () => {
    for (let session = 0; session < LIMIT; session += 1) await open();
    gate.open();
    const other = await world.server.registerUser();
    expect((await world.askWhole({ user: other })).metadata?.charged).toBe(1);
    expect((await world.ask()).status).toBe(409);
  });
});
