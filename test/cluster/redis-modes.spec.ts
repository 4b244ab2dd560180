import { refusingUrl } from '../support/ports.js';
import { until } from '../support/until.js';
import { RecordingLog } from '../support/auth/auth-fixtures.js';
import { expectWorks } from './support/expect-works.js';
import { RedisCluster } from './support/redis-cluster.js';
import { RedisSentinels } from './support/redis-sentinels.js';
import { RedisServer } from './support/redis-server.js';
import { startBus, whenUp } from './support/test-bus.js';

const PASSWORD = 'a-secret-of-redis';

/** Resolves when the instances hold so many connections and no more. */
async function expectConnections(redis: RedisServer, count: number): Promise<void> {
  for (;;) {
    const clients = String(await redis.command('CLIENT', 'LIST')).split('\n');
    const ours = clients.filter(
      (line) => / flags=[NP] /.test(line) && !/ cmd=client\|list | name=sentinel/.test(line),
    );
    if (ours.length === count) return;
  }
}

describe('RedisBus of one server', () => {
  it('gives its name and password, and uses nothing beside its prefix', async () => {
    const server = await RedisServer.start([
      ...['--user', 'tollgate', 'on', `>${PASSWORD}`, '~tollgate:*', '&tollgate:*', '+@all'],
    ]);
    await expectWorks({ REDIS_URL: `redis://tollgate:${PASSWORD}@127.0.0.1:${server.port}` });
    await server.close();
  });

  it('keeps two installations apart by their prefix', async () => {
    const redis = await RedisServer.start();
    const settings = { REDIS_URL: redis.url };
    const one = startBus('one', settings);
    const other = startBus('two', { ...settings, REDIS_KEY_PREFIX: 'other:' });
    const third = startBus('three', settings);
    await whenUp(one, other, third);
    const heard: string[] = [];
    other.listen('news', () => heard.push('other'));
    third.listen('news', () => heard.push('third'));
    one.send('two', 'news', null);
    one.publish('news', null);
    await until(() => heard.length > 0);
    // What would have gone astray has come by now: the same connection brings its own after it.
    await expect(one.request('two', 'echo', null, 1)).rejects.toThrow();
    expect(heard).toEqual(['third']);
    for (const bus of [one, other, third]) await bus.onApplicationShutdown();
    await redis.close();
  });

  it('says that its password is wrong, and not what it is', async () => {
    const redis = await RedisServer.start(['--requirepass', PASSWORD]);
    const log = new RecordingLog();
    const bus = startBus('one', { REDIS_URL: redis.url.replace('//', '//:not-the-secret@') }, log);
    await until(() => log.lines.length > 0);
    expect(log.lines[0]).toMatchObject({
      level: 'error',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(JSON.stringify(log.lines)).toMatch(/WRONGPASS/);
    expect(JSON.stringify(log.lines)).not.toContain('not-the-secret');
    await bus.onApplicationShutdown();
    await redis.close();
  });

  it('holds two connections, however often they were made anew, and none in the end', async () => {
    const redis = await RedisServer.start();
    const bus = startBus('one', { REDIS_URL: redis.url });
    await whenUp(bus);
    await expectConnections(redis, 2);
    const log = new RecordingLog();
    const late = startBus('two', { REDIS_URL: redis.url }, log);
    await whenUp(bus, late);
    for (let time = 0; time < 3; time += 1) {
      redis.freeze();
      await until(() => bus.state === 'down' && late.state === 'down');
      redis.thaw();
      await whenUp(bus, late);
      await redis.kill();
      await redis.startAgain();
      await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await whenUp(bus, late);
    }
    await expectConnections(redis, 4);
    await bus.onApplicationShutdown();
    await late.onApplicationShutdown();
    await expectConnections(redis, 0);
    await redis.close();
  });

  it('tells that something was missed when its ears were cut off for a moment', async () => {
    const redis = await RedisServer.start();
    const bus = startBus('one', { REDIS_URL: redis.url });
    let restored = 0;
    bus.onRestored(() => restored++);
    await until(() => restored === 1);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => restored === 2);
    await bus.onApplicationShutdown();
    await redis.close();
  });

  it.each(['single', 'sentinel', 'cluster'])('(%s) can end while it connects', async (mode) => {
    const settings = {
      REDIS_URL: (await refusingUrl()).replace('http', 'redis'),
      REDIS_MODE: mode,
      ...(mode === 'sentinel' ? { REDIS_SENTINEL_MASTER: 'main' } : {}),
    };
    const bus = startBus('one', settings);
    await bus.onApplicationShutdown();
    await expect(bus.eval('return 1', { keys: ['a'], arguments: [] })).rejects.toThrow();
    expect(bus.state).toBe('down');
  });
});

describe('RedisBus behind sentinels', () => {
  it('goes on over another server when the sentinels have made it the first', async () => {
    const secrets = ['--requirepass', PASSWORD, '--masterauth', PASSWORD];
    const first = await RedisServer.start(secrets);
    const second = await RedisServer.start([...secrets, '--replicaof', '127.0.0.1', String(first.port)]);
    const sentinels = await RedisSentinels.start(first, 1, PASSWORD);
    try {
      const settings = {
        REDIS_URL: sentinels.urls,
        REDIS_MODE: 'sentinel',
        REDIS_SENTINEL_MASTER: 'main',
        REDIS_PASSWORD: PASSWORD,
      };
      await expectWorks(settings, async (buses) => {
        await sentinels.servers[0]?.kill();
        await first.kill();
        await until(() => buses.every(({ state }) => state === 'down'));
        // It comes back believing that it still is the first, until the sentinels tell it otherwise.
        await first.startAgain();
        await whenUp(...buses);
        await expectConnections(second, 2 * buses.length);
      });
      await expectConnections(second, 0);
    } finally {
      for (const server of [first, second]) await server.close();
      await sentinels.close();
    }
  });
});

describe('RedisBus over a cluster', () => {
  let cluster: RedisCluster;

  beforeEach(async () => {
    cluster = await RedisCluster.start();
  });
  afterEach(() => cluster.close());
  const settings = () => ({ REDIS_URL: cluster.urls, REDIS_MODE: 'cluster' });

  it('reaches each node, and hears again on another when a channel has moved there', async () => {
    await expectWorks(settings(), async () => {
      for (const channel of ['all', 'to:one', 'to:two', 'to:three'])
        await cluster.moveSlotOf(`tollgate:${channel}`);
    });
  });

  it('goes on over the replicas when the nodes that held the slots are killed one after the other', async () => {
    await expectWorks(settings(), async () => {
      for (const node of (await cluster.masters()).slice(0, 2)) {
        await cluster.killMaster(node);
        await node.startAgain();
      }
    });
  });
});
