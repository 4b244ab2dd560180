import type { EventStream } from '../support/event-stream.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';

const AT_ONCE = 60;
const TURNS = 5;
const QUEUE = 10;

describe('a chatflow that runs so many turns at once', () => {
  let world: TurnWorld;
  let gate: Gate;
  let closed: boolean;

  beforeEach(async () => {
    world = await TurnWorld.start();
    gate = new Gate();
    closed = false;
    world.upstream.respondWith(flowise.gated(gate, 'Hello'));
  });
  afterEach(async () => {
    gate.open();
    if (!closed) await world.close();
  });

  const put = (concurrency: object) => world.putChatflow('flow', { concurrency });
  const waiting = async (): Promise<number> => {
    const { text } = await world.server.request.get('/metrics').expect(200);
    return Number(/^tollgate_waiting_turns (\d+)$/m.exec(text)?.[1]);
  };
  const untilWaiting = (count: number) => until(async () => (await waiting()) === count);
  const untilAsked = (count: number) => until(() => world.upstream.requests.length >= count);
  /** The token and the end of one answer. */
  const letOneEnd = () => gate.release(2);
  const questions = () => world.upstream.requests.map(({ body }) => body.question);
  const codeOf = async (stream: EventStream) => {
    const { code } = JSON.parse(await stream.text()) as { code: string };
    return [stream.status, code, Number(stream.headers['retry-after']) > 0];
  };
  const held = async () => (await world.server.read('/accounting/balance', world.user.token)).held;

  it('refuses every other without a queue', async () => {
    await put({ turns: TURNS });
    await world.putChatflow('other');
    const streams = await Promise.all(Array.from({ length: AT_ONCE }, () => world.ask()));
    const admitted = streams.filter(({ status }) => status === 200);
    expect(admitted).toHaveLength(TURNS);
    for (const stream of streams)
      if (stream.status !== 200) expect(await codeOf(stream)).toEqual([503, 'overloaded', true]);
    // Others have places of their own.
    expect((await world.ask({ chatflowId: 'other' })).status).toBe(200);
    gate.open();
    for (const stream of admitted) expect((await readWhole(stream)).metadata?.charged).toBe(1);
    expect((await world.askWhole()).metadata?.charged).toBe(1);
  });

  it('has exactly so many wait as there is room for, and holds nothing for them', async () => {
    await put({ turns: TURNS, queue: QUEUE, waitSeconds: 600 });
    const refused: EventStream[] = [];
    const answered: EventStream[] = [];
    const all = Array.from({ length: AT_ONCE }, async () => {
      const stream = await world.ask();
      (stream.status === 200 ? answered : refused).push(stream);
    });
    await until(() => refused.length >= AT_ONCE - TURNS - QUEUE);
    await untilAsked(TURNS);
    expect([await waiting(), await held(), world.upstream.requests.length]).toEqual([QUEUE, TURNS, TURNS]);
    gate.open();
    await Promise.all(all);
    expect([refused.length, answered.length]).toEqual([AT_ONCE - TURNS - QUEUE, TURNS + QUEUE]);
    for (const stream of answered) expect((await readWhole(stream)).metadata?.charged).toBe(1);
    expect(await waiting()).toBe(0);
    expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
  });

  it('lets them in one after the other, in the order in which they came', async () => {
    await put({ turns: 1, queue: QUEUE, waitSeconds: 600 });
    const asked = [world.ask({ question: 'q0' })];
    await untilAsked(1);
    for (let turn = 1; turn <= QUEUE; turn += 1) {
      asked.push(world.ask({ question: `q${turn}` }));
      await untilWaiting(turn);
    }
    for (let turn = 1; turn <= QUEUE; turn += 1) {
      expect(world.upstream.requests).toHaveLength(turn);
      letOneEnd();
      await untilAsked(turn + 1);
    }
    letOneEnd();
    for (const stream of asked) await readWhole(await stream);
    expect(questions()).toEqual(Array.from({ length: QUEUE + 1 }, (_, turn) => `q${turn}`));
  });

  it('forgets who leaves while they wait, and gives their room to the next', async () => {
    await put({ turns: 1, queue: 2, waitSeconds: 600 });
    const first = await world.ask({ question: 'first' });
    const leaving = new AbortController();
    const left = world.ask({ question: 'leaves', signal: leaving.signal }).catch(() => 'left');
    await untilWaiting(1);
    const second = world.ask({ question: 'second' });
    await untilWaiting(2);
    expect(await codeOf(await world.ask())).toEqual([503, 'overloaded', true]);
    leaving.abort();
    expect(await left).toBe('left');
    await untilWaiting(1);
    const third = world.ask({ question: 'third' });
    await untilWaiting(2);
    gate.open();
    for (const stream of [first, await second, await third]) await readWhole(stream);
    expect(questions()).toEqual(['first', 'second', 'third']);
    expect(await world.server.read('/accounting/balance', world.user.token)).toMatchObject({ held: 0 });
  });

  it('refuses who has waited for too long', async () => {
    await put({ turns: 1, queue: 2, waitSeconds: 1 });
    const first = await world.ask();
    expect(await codeOf(await world.ask())).toEqual([503, 'overloaded', true]);
    expect([await waiting(), world.upstream.requests.length]).toEqual([0, 1]);
    gate.open();
    await readWhole(first);
    expect((await world.askWhole()).metadata?.charged).toBe(1);
  });

  it('lets in who waits when it gets more places', async () => {
    await put({ turns: 1, queue: 2, waitSeconds: 600 });
    const first = await world.ask();
    const second = world.ask();
    await untilWaiting(1);
    await put({ turns: 3, queue: 2 });
    const third = await world.ask();
    expect((await second).status).toBe(200);
    expect(await waiting()).toBe(0);
    gate.open();
    for (const stream of [first, await second, third]) await readWhole(stream);
  });

  it('is asked as it is when the wait is over', async () => {
    await put({ turns: 1, queue: 1, waitSeconds: 600 });
    const first = await world.ask();
    const second = world.ask();
    await untilWaiting(1);
    await world.putChatflow('flow', { price: { credits: 7 }, concurrency: { turns: 1 } });
    gate.open();
    expect((await readWhole(first)).metadata?.charged).toBe(1);
    expect((await readWhole(await second)).metadata?.charged).toBe(7);
  });

  it('tells who waits to go elsewhere when the instance shuts down', async () => {
    await put({ turns: 1, queue: QUEUE, waitSeconds: 600 });
    const first = await world.ask();
    const waits = Array.from({ length: 3 }, () => world.ask());
    await untilWaiting(3);
    closed = true;
    const closing = world.close();
    for (const stream of await Promise.all(waits)) {
      const body = JSON.parse(await stream.text()) as { code: string; detail: string };
      expect(body).toMatchObject({ code: 'overloaded', detail: 'The server is shutting down.' });
    }
    await first.text().catch(() => undefined);
    await closing;

    expect(world.upstream.requests).toHaveLength(1);
  });

  it('takes a turn that asks anew in its session for the one that nobody reads any more', async () => {
    await put({ turns: 1 });
    const first = await world.ask({ sessionId: 'mine', question: 'first' });
    await untilAsked(1);
    first.abort();
    const second = await world.ask({ sessionId: 'mine', question: 'second' });
    expect(second.status).toBe(200);
    gate.open();
    await readWhole(second);
    expect(questions()).toEqual(['first', 'second']);
  });
});

describe('how many turns a chatflow runs at once', () => {
  let world: TurnWorld;
  beforeAll(async () => (world = await TurnWorld.start()));
  afterAll(() => world.close());

  it.each([
    [{ turns: 0 }, 'concurrency.turns'],
    [{ queue: 1 }, 'concurrency.turns'],
    [{ turns: 1, queue: 10_001 }, 'concurrency.queue'],
    [{ turns: 1, waitSeconds: 601 }, 'concurrency.waitSeconds'],
    [{ turns: 1, weight: 2 }, 'concurrency.weight'],
  ])('is not to be set to %j', async (concurrency, field) => {
    await expect(world.putChatflow('flow', { concurrency })).rejects.toThrow(field);
  });
});
