import { BusFailure, MAX_MESSAGE_CHARACTERS } from '../../src/cluster/instance-bus.port.js';
import type { RedisBus } from '../../src/cluster/redis/redis-bus.service.js';
import { refusingUrl } from '../support/ports.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';
import { startBus, whenUp } from './support/test-bus.js';

const TIMEOUT_MS = 60_000;

describe('RedisBus', () => {
  let redis: RedisServer;
  let one: RedisBus;
  let two: RedisBus;
  let three: RedisBus;

  beforeAll(async () => {
    redis = await RedisServer.start();
    [one, two, three] = ['one', 'two', 'three'].map((id) => startBus(id, { REDIS_URL: redis.url })) as [
      RedisBus,
      RedisBus,
      RedisBus,
    ];
    await whenUp(one, two, three);
  });
  afterAll(async () => {
    for (const bus of [one, two, three]) await bus.onApplicationShutdown();
    await redis.close();
  });

  it('tells every other instance, and not the one that says it', async () => {
    const heard: unknown[] = [];
    const stops = Object.entries({ one, two, three }).map(([name, bus]) =>
      bus.listen('news', (message, from) => heard.push([name, message, from])),
    );
    one.publish('news', { a: 1 });
    await until(() => heard.length === 2);
    // What comes behind it has come behind everything that was to come.
    two.publish('news', 'last');
    await until(() => heard.length === 4);
    expect(heard).toEqual(
      expect.arrayContaining([
        ['two', { a: 1 }, 'one'],
        ['three', { a: 1 }, 'one'],
        ['one', 'last', 'two'],
        ['three', 'last', 'two'],
      ]),
    );
    for (const stop of stops) stop();
  });

  it('tells one instance, in the order in which it is told', async () => {
    const heard: unknown[] = [];
    const stop = two.listen('numbers', (message) => heard.push(message));
    three.listen('numbers', () => heard.push('overheard'));
    for (let number = 0; number < 1000; number += 1) one.send('two', 'numbers', number);
    await until(() => heard.length === 1000);
    expect(heard).toEqual(Array.from({ length: 1000 }, (_, number) => number));
    stop();
  });

  it('asks one instance and gets its answer', async () => {
    const stop = two.answer('sum', (message, from) =>
      Promise.resolve({ from, sum: (message as number[]).reduce((a, b) => a + b, 0) }),
    );
    await expect(one.request('two', 'sum', [1, 2, 3], TIMEOUT_MS)).resolves.toEqual({ from: 'one', sum: 6 });
    stop();
  });

  it.each([
    ['does not know the topic', 'two', 'unknown', TIMEOUT_MS],
    ['could not do it', 'two', 'broken', TIMEOUT_MS],
    ['is not there', 'nobody', 'sum', 1],
  ])('says that an instance which %s has not answered', async (_, whom, topic, timeoutMs) => {
    const stop = two.answer('broken', () => Promise.reject(new Error('a secret')));
    await expect(one.request(whom, topic, null, timeoutMs)).rejects.toThrow(BusFailure);
    stop();
  });

  it('refuses a message that is too long, and brings the longest whole', async () => {
    const heard: unknown[] = [];
    const stop = two.listen('long', (message) => heard.push(message));
    expect(() => one.send('two', 'long', 'x'.repeat(2 * MAX_MESSAGE_CHARACTERS))).toThrow(RangeError);
    const longest = '€'.repeat(MAX_MESSAGE_CHARACTERS - 2);
    one.send('two', 'long', longest);
    await until(() => heard.length === 1);
    expect(heard[0]).toBe(longest);
    stop();
  });

  it('goes on when a listener throws', async () => {
    const heard: unknown[] = [];
    const stop = two.listen('bad', (message) => {
      heard.push(message);
      throw new Error('a fault of the listener');
    });
    one.send('two', 'bad', 1);
    one.send('two', 'bad', 2);
    await until(() => heard.length === 2);
    stop();
  });

  it('does not take what no instance sends', async () => {
    const heard: unknown[] = [];
    const stop = two.listen('news', (message) => heard.push(message));
    for (const text of ['', '{', '[]', '{"from":1}', '{"from":"x","topic":"news","request":"1"}'])
      await redis.command('PUBLISH', 'tollgate:to:two', text);
    one.send('two', 'news', 'the end');
    await until(() => heard.length > 0);
    expect(heard).toEqual(['the end']);
    stop();
  });
});

describe('RedisBus without its Redis', () => {
  it('is down where there is none, and fails at once', async () => {
    const bus = startBus('one', { REDIS_URL: (await refusingUrl()).replace('http', 'redis') });
    expect(bus.state).toBe('down');
    bus.publish('news', 1);
    await expect(bus.request('two', 'sum', null, TIMEOUT_MS)).rejects.toThrow(BusFailure);
    await bus.onApplicationShutdown();
  });

  it('comes up as soon as there is one', async () => {
    const first = await RedisServer.start();
    await first.kill();
    const bus = startBus('one', { REDIS_URL: first.url });
    await first.startAgain();
    await whenUp(bus);
    await bus.onApplicationShutdown();
    await first.close();
  });

  it.each([
    ['killed', (redis: RedisServer) => redis.kill(), (redis: RedisServer) => redis.startAgain()],
    ['silent', async (redis: RedisServer) => redis.freeze(), async (redis: RedisServer) => redis.thaw()],
  ])('notices that it is %s, fails what is asked, and tells when it is back', async (_, lose, bringBack) => {
    const redis = await RedisServer.start();
    const buses = ['one', 'two'].map((id) => startBus(id, { REDIS_URL: redis.url }));
    const [one, two] = buses as [RedisBus, RedisBus];
    await whenUp(one, two);
    let restored = 0;
    one.onRestored(() => restored++);
    two.answer('never', () => new Promise(() => undefined));
    const asked = one.request('two', 'never', null, TIMEOUT_MS);
    const failed = expect(asked).rejects.toThrow(BusFailure);
    await lose(redis);
    await until(() => one.state === 'down');
    await failed;
    expect(restored).toBe(0);
    await bringBack(redis);
    await whenUp(one, two);
    expect(restored).toBe(1);
    const heard: unknown[] = [];
    two.listen('news', (message) => heard.push(message));
    one.publish('news', 'again');
    await until(() => heard.length === 1);
    for (const bus of buses) await bus.onApplicationShutdown();
    await redis.close();
  });

  it.each([
    ['its clients are cut', 'CLIENT KILL TYPE pubsub'],
    ['it is flushed', 'FLUSHALL'],
  ])('hears again after %s', async (_, command) => {
    const redis = await RedisServer.start();
    const bus = startBus('one', { REDIS_URL: redis.url });
    const other = startBus('two', { REDIS_URL: redis.url });
    await whenUp(bus, other);
    await redis.command(...command.split(' '));
    const heard: unknown[] = [];
    bus.listen('news', (message) => heard.push(message));
    await until(() => {
      other.publish('news', 1);
      return heard.length > 0;
    });
    await bus.onApplicationShutdown();
    await other.onApplicationShutdown();
    await redis.close();
  });
});
