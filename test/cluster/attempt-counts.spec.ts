import { AttemptCounts } from '../../src/auth/login/attempt-counts.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';
import { whenUp } from './support/test-bus.js';
import { startLimits, type TestLimits } from './support/test-limits.js';

const ATTEMPTS = 5;
const AT_ONCE = 20;
const REFUSED = { code: 'rate_limited' };

describe('attempts that instances count together', () => {
  let redis: RedisServer;
  let instances: TestLimits[];

  beforeEach(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    for (const instance of instances) await instance.die();
    await redis.close();
  });

  async function start(settings: Readonly<Record<string, string>> = {}, windowSeconds = 600) {
    instances = [];
    for (const id of ['one', 'two'])
      instances.push(await startLimits(id, { REDIS_URL: redis.url, ...settings }));
    return instances.map(
      ({ scripts }) =>
        new AttemptCounts({ name: 'tries', attempts: ATTEMPTS, windowSeconds, refusal: 'Enough.' }, scripts),
    ) as [AttemptCounts, AttemptCounts];
  }

  const countedOf = async (...tries: readonly Promise<void>[]) =>
    (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled').length;
  const many = (one: AttemptCounts, two: AttemptCounts) =>
    countedOf(...Array.from({ length: AT_ONCE }, (_, i) => (i % 2 ? one : two).count('ada')));

  it('are as many as there may be, however many come at once', async () => {
    const [one, two] = await start();
    expect(await many(one, two)).toBe(ATTEMPTS);
    for (const counts of [one, two]) {
      const refusal = await counts.check('ada').catch((error: unknown) => error);
      expect(refusal).toMatchObject({ ...REFUSED, message: 'Enough.' });
      expect((refusal as { retryAfterSeconds: number }).retryAfterSeconds).toBeLessThanOrEqual(600);
      await counts.check('bob');
    }
    one.forget('ada');
    await one.check('ada');
    await two.check('ada');
    expect(await many(one, two)).toBe(ATTEMPTS);
  });

  it('begin no window by being looked at, and are forgotten when it is over', async () => {
    const [one, two] = await start({}, 1);
    await one.check('ada');
    expect(await redis.command('KEYS', '*tries*')).toEqual([]);
    expect(await many(one, two)).toBeGreaterThanOrEqual(ATTEMPTS);
    let isRefused = true;
    while (isRefused)
      isRefused = await two.check('ada').then(
        () => false,
        () => true,
      );
    await one.count('ada');
  });

  it('are counted by each alone while Redis is killed, and together afterwards', async () => {
    const [one, two] = await start();
    await one.count('ada');
    await redis.kill();
    await until(() => instances.every(({ bus }) => bus.state === 'down'));
    // What was counted before is not known here: the limit on each, beside that.
    expect(await many(one, two)).toBe(2 * ATTEMPTS);
    await expect(one.check('ada')).rejects.toMatchObject(REFUSED);
    one.forget('ada');
    await one.check('ada');
    await redis.startAgain();
    await whenUp(...instances.map(({ bus }) => bus));
    expect(await many(one, two)).toBe(ATTEMPTS);
  });

  it('are not waited for when Redis is silent', async () => {
    const [one, two] = await start({ REDIS_WAIT_MS: '50' });
    redis.freeze();
    expect(await many(one, two)).toBe(2 * ATTEMPTS);
    redis.thaw();
  });
});
