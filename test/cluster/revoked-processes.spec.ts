import { newId } from '../../src/platform/ids.js';
import type { ApiClient, SignedUp } from '../support/auth/api-client.js';
import { openEventStream } from '../support/event-stream.js';
import { until } from '../support/until.js';
import { describeBehind } from './proxies/all-proxies.js';
import { nginx } from './proxies/nginx.js';
import { startInstanceProcesses, type InstanceProcesses } from './support/instance-processes.js';
import { RedisServer } from './support/redis-server.js';
import { tickWords } from './support/ticking-flow.js';
import { WatchedStream } from './support/watched-stream.js';

const IS_FULL = process.env.TEST_SIZE === 'full';
const INSTANCES = 3;
/** Of one user, over all instances. */
const STREAMS = IS_FULL ? 201 : 45;
/** The same without Redis, where all that can be taken away is taken away at once. */
const STREAMS_WITHOUT_BUS = IS_FULL ? 50 : 12;
/** All wait for one account, on a machine that may be busy: asked at once, some would be refused. */
const ASKED_AT_ONCE = 5;
/** Every so many streams are read once more, by whomever nginx asks. */
const FOLLOWED = 3;
/** What is promised: with the bus, and by what is remembered without it (users and keys, chatflows), with the second in which streams are looked at. */
const BOUND_MS = { bus: 2000, user: 11_000, chatflow: 6000 } as const;

/** Somebody who asks a chatflow of their own, and how they lose what that rests on. */
interface Case {
  readonly user: SignedUp;
  readonly chatflowId: string;
  readonly credential: Readonly<Record<string, string>>;
  readonly boundMs: number;
  take(): Promise<void>;
  giveBack(): Promise<void>;
}

const WAYS = [
  'a disabled user',
  'a revoked key',
  'a chatflow that is for others',
  'a deleted chatflow',
  'a disabled chatflow',
] as const;
type Way = (typeof WAYS)[number];

describeBehind(nginx, 'many streams of one user over three processes', (proxy) => {
  let redis: RedisServer;
  let world: InstanceProcesses;
  let stopTicking: () => void;

  beforeAll(async () => {
    redis = await RedisServer.start();
    world = await startInstanceProcesses(INSTANCES, { REDIS_URL: redis.url }, proxy);
    await world.whenBusIs('up');
    stopTicking = tickWords(world.upstream);
  });
  afterAll(async () => {
    stopTicking();
    await world.close();
    await redis.close();
  });

  async function done(answer: ReturnType<ApiClient['get']>): Promise<Record<string, unknown>> {
    const { status, body } = await answer;
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body as Record<string, unknown>;
  }

  async function caseOf(way: Way): Promise<Case> {
    const user = await world.newUser();
    const chatflowId = `flow-${newId()}`;
    await world.putChatflow(chatflowId, { users: [user.userId] });
    const bearer = { authorization: `Bearer ${user.accessToken}` };
    const common = { user, chatflowId, credential: bearer };
    const open = () => world.putChatflow(chatflowId, { users: [user.userId] });
    if (way === 'a disabled user') {
      const set = async (disabled: boolean) =>
        void (await done(world.admin.patch(`/users/${user.userId}`, { disabled })));
      return { ...common, boundMs: BOUND_MS.user, take: () => set(true), giveBack: () => set(false) };
    }
    if (way === 'a revoked key') {
      const settings = { name: 'a program', creditCap: STREAMS };
      const { id, key } = await done(user.api.post('/auth/api-keys', settings));
      const take = async () => void (await done(user.api.delete(`/auth/api-keys/${String(id)}`)));
      const credential = { 'x-api-key': String(key) };
      return { ...common, credential, boundMs: BOUND_MS.user, take, giveBack: () => Promise.resolve() };
    }
    const take = {
      'a chatflow that is for others': () => world.putChatflow(chatflowId, { users: ['somebody-else'] }),
      'a deleted chatflow': async () => void (await done(world.admin.delete(`/chatflows/${chatflowId}`))),
      'a disabled chatflow': () =>
        world.putChatflow(chatflowId, { users: [user.userId] }, { disabled: true }),
    }[way];
    return { ...common, boundMs: BOUND_MS.chatflow, take, giveBack: open };
  }

  const open = (path: string, headers: Case['credential'], body?: object) =>
    WatchedStream.of(openEventStream(`${world.url}${path}`, { headers, body }));

  /** Asked by nginx of one instance after the other, and some of them followed likewise. */
  async function begin({ chatflowId, credential }: Case, count: number) {
    const asked: WatchedStream[] = [];
    while (asked.length < count) {
      const question = () => ({ chatflow_id: chatflowId, question: 'Hi', sessionId: newId() });
      const wave = Array.from({ length: Math.min(ASKED_AT_ONCE, count - asked.length) }, () =>
        open('/predict/stream/store', credential, question()),
      );
      asked.push(...(await Promise.all(wave)));
    }
    const followed = asked.filter((_, index) => index % FOLLOWED === 0);
    const following = await Promise.all(
      followed.map(({ turnId }) => open(`/turns/${turnId}/stream`, credential)),
    );
    return { asked, all: [...asked, ...following] };
  }

  /** @returns when the last word came behind the moment from which on it was not theirs any more */
  async function seenToEnd(all: readonly WatchedStream[], takenAt: number): Promise<number> {
    await Promise.all(all.map(({ over }) => over));
    for (const { errors, behindError, hasEnded } of all)
      expect({ errors, behindError, hasEnded }).toEqual({
        errors: ['access_revoked'],
        behindError: [],
        hasEnded: true,
      });
    return Math.max(0, ...all.map(({ lastWordAt }) => lastWordAt - takenAt));
  }

  /** A figure to be read; with the bus it is held against the promise where nothing else runs on the machine. */
  function report(way: Way, where: string, streams: number, afterMs: number, boundMs: number): void {
    process.stdout.write(
      `${streams} streams, ${where}, ${way}: last word after ${afterMs.toFixed(0)} ms (at most ${boundMs})\n`,
    );
    if (IS_FULL && boundMs === BOUND_MS.bus) expect(afterMs).toBeLessThan(boundMs);
  }

  async function expectSettled({ user }: Case, asked: readonly WatchedStream[]): Promise<void> {
    for (const { turnId } of asked) {
      const turn = await done(user.api.get(`/turns/${turnId}`));
      expect(turn).toMatchObject({
        status: 'stopped',
        error: { code: 'access_revoked' },
        charge: { captured: 1 },
      });
    }
    expect(await done(user.api.get('/accounting/balance'))).toEqual({
      available: 1000 - asked.length,
      held: 0,
    });
  }

  async function expectAtRest(): Promise<void> {
    await until(async () => (await world.running()).every((count) => count === 0));
    let books: Record<string, unknown> = {};
    await until(async () => {
      books = await done(world.admin.get('/accounting/reconciliation'));
      return books.openHolds === 0 && books.inMotion === 0;
    });
    expect(books).toMatchObject({ drift: 0, keyDrift: 0 });
    await world.upstream.whenIdle();
    expect(new Set(world.upstream.runs.map(({ state }) => state))).toEqual(new Set(['aborted']));
  }

  it.each(WAYS)('all end with %s, each settled', async (way) => {
    const one = await caseOf(way);
    const { asked, all } = await begin(one, STREAMS);
    await until(() => all.every(({ words }) => words > 1));
    const running = await world.running();
    expect(running.every((count) => count > 0)).toBe(true);
    expect(running.reduce((sum, count) => sum + count)).toBe(STREAMS);
    const takenAt = performance.now();
    await one.take();
    report(way, 'with the bus', all.length, await seenToEnd(all, takenAt), BOUND_MS.bus);
    await one.giveBack();
    await expectAtRest();
    await expectSettled(one, asked);
  });

  it('all end without Redis, by whatever they rest on, each settled', async () => {
    await redis.kill();
    await world.whenBusIs('down');
    const cases = await Promise.all(WAYS.map(caseOf));
    const begun: Awaited<ReturnType<typeof begin>>[] = [];
    for (const one of cases) begun.push(await begin(one, STREAMS_WITHOUT_BUS));
    await until(() => begun.every(({ all }) => all.every(({ words }) => words > 1)));
    await Promise.all(
      cases.map(async (one, index) => {
        const { all } = begun[index]!;
        const takenAt = performance.now();
        await one.take();
        const afterMs = await seenToEnd(all, takenAt);
        report(WAYS[index]!, 'without Redis', all.length, afterMs, one.boundMs);
      }),
    );
    for (const one of cases) await one.giveBack();
    await expectAtRest();
    for (const [index, one] of cases.entries()) await expectSettled(one, begun[index]!.asked);
  });
});
