import { placeSet } from '../../src/cluster/limits/place-set.js';
import type { Exchange, SharedPlace } from '../../src/cluster/limits/shared-places.service.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';
import { whenUp } from './support/test-bus.js';
import { startLimits, type TestLimits } from './support/test-limits.js';

const AT_ONCE = 40;
const LIMIT = 7;
const MANY = 1_000_000;
const RATE = { limit: MANY, windowMs: 600_000 };
/** Longer than any test. */
const LONG_LEASE = { TURN_LEASE_MS: '300000' };
const SHORT_LEASE = { TURN_LEASE_MS: '600' };
const SET = placeSet('user', 'ada');

describe('places that instances share', () => {
  let redis: RedisServer;
  let instances: TestLimits[];

  beforeEach(async () => {
    redis = await RedisServer.start();
    instances = [];
  });
  afterEach(async () => {
    for (const instance of instances) await instance.die();
    await redis.close();
  });

  async function start(
    settings: Readonly<Record<string, string>> = LONG_LEASE,
    count = 2,
  ): Promise<[TestLimits, TestLimits]> {
    const url = { REDIS_URL: redis.url, ...settings };
    for (let i = 0; i < count; i += 1) instances.push(await startLimits(`i${i}`, url));
    return instances as unknown as [TestLimits, TestLimits];
  }

  const take = ({ places }: TestLimits, limit = LIMIT) => places.takeCounted(SET, limit, RATE);
  const takenOf = async ({ places }: TestLimits) => (await places.look(SET))?.taken;
  const counted = (kinds: readonly { readonly kind: string }[]) =>
    kinds.reduce<Record<string, number>>((sum, { kind }) => ({ ...sum, [kind]: (sum[kind] ?? 0) + 1 }), {});
  const exchange = async ({ places }: TestLimits, wish: Partial<Exchange> = {}) => {
    const asked = { limit: 1, wanted: 1, waitingMs: 0, givesWay: false, ...wish };
    const { places: got, ...answer } = await places.exchange(SET, asked);
    return { ...answer, got };
  };

  it('are as many as they are, however many come at once on however many instances', async () => {
    const [one, two] = await start();
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => take(i % 2 === 0 ? one : two)),
    );
    expect(counted(answers)).toEqual({ taken: LIMIT, full: AT_ONCE - LIMIT });
    // Whoever was refused a place has begun nothing.
    expect(await one.places.look(SET)).toMatchObject({ taken: LIMIT, count: LIMIT });
    const [first] = answers.filter((answer) => answer.kind === 'taken');
    first?.place.giveBack();
    first?.place.giveBack();
    expect(counted([await take(two), await take(one)])).toEqual({ taken: 1, full: 1 });
  });

  it('are not taken by who has begun too much in the window, which is told how long it lasts', async () => {
    const [one, two] = await start();
    const rate = { limit: LIMIT, windowMs: 600_000 };
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) => (i % 2 ? one : two).places.takeCounted(SET, MANY, rate)),
    );
    expect(counted(answers)).toEqual({ taken: LIMIT, spent: AT_ONCE - LIMIT });
    expect(await takenOf(one)).toBe(LIMIT);
    const counts = answers.flatMap((answer) => (answer.kind === 'taken' ? [answer.count] : []));
    expect(counts.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const answer of answers) {
      expect('resetMs' in answer && answer.resetMs).toBeGreaterThan(0);
      expect('resetMs' in answer && answer.resetMs).toBeLessThanOrEqual(rate.windowMs);
    }
  });

  it('are counted anew in the next window', async () => {
    const [one] = await start(LONG_LEASE, 1);
    const rate = { limit: 1, windowMs: 50 };
    expect((await one.places.takeCounted(SET, MANY, rate)).kind).toBe('taken');
    let kind = 'spent';
    while (kind === 'spent') ({ kind } = await one.places.takeCounted(SET, MANY, rate));
    expect([kind, (await one.places.look(SET))?.count]).toEqual(['taken', 1]);
  });

  it('come back when their instance is gone', async () => {
    const [one, two] = await start(SHORT_LEASE);
    expect(counted([await take(one, 1), await take(two, 1)])).toEqual({ taken: 1, full: 1 });
    await one.die();
    let answer = await take(two, 1);
    while (answer.kind === 'full') answer = await take(two, 1);
    expect(answer.kind).toBe('taken');
  });

  it('are kept for longer than their lease, by one script for many, and none when there are none', async () => {
    const [one, two] = await start(SHORT_LEASE);
    const sets = Array.from({ length: 10 }, () => SET);
    const taken = await Promise.all(sets.map(() => take(one, 10)));
    const watch = await redis.watch();
    const renewals = () => watch.seen().filter(({ name }) => name === 'eval').length;
    // Three a lease: it is over twice.
    await until(() => renewals() >= 6);
    watch.close();
    expect((await take(two, 10)).kind).toBe('full');
    for (const answer of taken) if (answer.kind === 'taken') answer.place.giveBack();
    expect(await takenOf(one)).toBe(0);
    const idle = await redis.watch();
    await until(() => idle.seen().filter(({ name }) => name === 'publish').length >= 8);
    expect(idle.seen().map(({ name }) => name)).not.toContain('eval');
    idle.close();
  });

  it('are written again after everything was flushed', async () => {
    const [one, two] = await start(SHORT_LEASE);
    await take(one);
    await take(two);
    await redis.command('FLUSHALL');
    await until(async () => (await takenOf(one)) === 2);
  });

  it('are each instance’s own business while Redis is killed, and all of them count when it is back', async () => {
    const [one, two] = await start();
    await take(one);
    await redis.kill();
    await until(() => one.bus.state === 'down' && two.bus.state === 'down');
    expect((await one.results()).join()).not.toContain('not_asked');
    expect(counted([await take(one, 1), await take(one, 1), await take(two, 1)])).toEqual({ alone: 3 });
    // Nobody has waited.
    expect(await one.results()).toContain('not_asked 2');
    expect(await one.places.look(SET)).toBeUndefined();
    await redis.startAgain();
    await whenUp(one.bus, two.bus);
    await until(async () => (await takenOf(one)) === 4);
    expect((await take(two, 4)).kind).toBe('full');
  });

  it('are not waited for when Redis is silent, and those given back meanwhile are free afterwards', async () => {
    const [one] = await start({ ...LONG_LEASE, REDIS_WAIT_MS: '50' }, 1);
    let first = await take(one);
    // A busy machine may have been taken for a silent Redis.
    while (first.kind !== 'taken') {
      if (first.kind === 'alone') first.place.giveBack();
      first = await take(one);
    }
    redis.freeze();
    const held: SharedPlace[] = [first.place];
    for (let i = 0; i < AT_ONCE; i += 1) {
      const answer = await take(one);
      expect(answer.kind).toBe('alone');
      if (answer.kind === 'alone') held.push(answer.place);
    }
    await until(() => one.bus.state === 'down');
    for (const place of held.splice(1)) place.giveBack();
    redis.thaw();
    await whenUp(one.bus);
    await until(async () => (await takenOf(one)) === 1);
    held[0]?.giveBack();
    await until(async () => (await takenOf(one)) === 0);
  });

  it('are counted again as soon as a slow Redis has answered', async () => {
    const [one] = await start({ ...LONG_LEASE, REDIS_WAIT_MS: '50' }, 1);
    redis.freeze();
    const late = await take(one);
    expect(late.kind).toBe('alone');
    redis.thaw();
    // What was asked in vain has been done after all: it is the same place.
    await until(async () => (await takenOf(one)) === 1);
    if (late.kind === 'alone') late.place.giveBack();
    await until(async () => (await takenOf(one)) === 0);
  });

  it('are exchanged at once, and others are told of', async () => {
    const [one, two] = await start();
    const first = await exchange(one);
    expect(first).toMatchObject({ isAlone: false, othersWait: false });
    expect(await exchange(two, { waitingMs: 600_000 })).toMatchObject({ got: [], othersWait: false });
    // Gives back and takes: whoever gives way to those who wait gets none, who does not gets it again.
    const [place] = first.got;
    if (place === undefined) throw new Error('no place');
    expect(await exchange(one, { returned: place, givesWay: true })).toMatchObject({
      got: [],
      othersWait: true,
    });
    const second = await exchange(two, { waitingMs: 600_000, givesWay: true });
    expect([second.got.length, second.othersWait]).toEqual([1, false]);
    // It waits no more.
    expect(await exchange(one, { wanted: 0 })).toMatchObject({ othersWait: false });
    expect((await exchange(one, { limit: 5, wanted: 9 })).got).toHaveLength(4);
  });

  it('lie where one script reaches them in a cluster', async () => {
    await redis.close();
    redis = await RedisServer.start(['--cluster-enabled', 'yes']);
    await redis.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until(async () => String(await redis.command('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    const [one, two] = await start({ ...SHORT_LEASE, REDIS_MODE: 'cluster' });
    const sets = Array.from({ length: 300 }, (_, i) => placeSet(i % 2 ? 'user' : 'chatflow', `id-${i}`));
    for (const set of sets) expect((await one.places.takeCounted(set, 1, RATE)).kind).toBe('taken');
    expect((await two.places.takeCounted(SET, 1, RATE)).kind).toBe('taken');
    await redis.command('FLUSHALL');
    for (const set of [...sets, SET]) await until(async () => (await two.places.look(set))?.taken === 1);
    expect((await exchange(one)).got).toHaveLength(0);
    expect((await one.results()).filter((result) => /refused|late/.test(result))).toEqual([]);
  });
});
