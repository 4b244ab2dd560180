import { twoInstancesSuite } from '../support/two-instances-suite.js';
import { RedisServer } from './support/redis-server.js';

describe('two instances over one database and Redis', () => {
  let redis: RedisServer;

  afterAll(() => redis.close());

  twoInstancesSuite(async () => {
    redis = await RedisServer.start();
    return { REDIS_URL: redis.url };
  });
});
