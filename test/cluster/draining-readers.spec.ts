import { drainingReadersSuite } from '../support/draining-readers-suite.js';
import { RedisServer } from './support/redis-server.js';

describe('readers over the bus of a turn of another instance, when theirs goes', () => {
  let redis: RedisServer;

  beforeAll(async () => (redis = await RedisServer.start()));
  afterAll(() => redis.close());

  drainingReadersSuite(() => Promise.resolve({ REDIS_URL: redis.url }));
});
