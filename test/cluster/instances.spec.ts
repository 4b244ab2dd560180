import { instancesSuite } from '../support/instances-suite.js';
import { RedisServer } from './support/redis-server.js';

describe('the list of instances, which have a bus', () => {
  let redis: RedisServer;

  afterAll(() => redis.close());

  instancesSuite(async () => {
    redis = await RedisServer.start();
    return { REDIS_URL: redis.url };
  }, 'up');
});
