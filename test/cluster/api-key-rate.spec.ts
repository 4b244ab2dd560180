import { InstanceBus } from '../../src/cluster/instance-bus.port.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';
import { PATIENT } from './support/test-limits.js';

const PER_MINUTE = 6;

describe('the rate of an API key, with two instances and Redis', () => {
  let redis: RedisServer;
  let world: TwoInstances;

  beforeAll(async () => {
    redis = await RedisServer.start();
    world = await startTwoInstances({ ...PATIENT, REDIS_URL: redis.url });
    await until(() => [world.one, world.two].every((server) => server.get(InstanceBus).state === 'up'));
  });
  afterAll(async () => {
    await world.close();
    await redis.close();
  });

  it('is one for both', async () => {
    const user = await world.newUser();
    const made = world.one.request.post('/auth/api-keys').auth(user.token, { type: 'bearer' });
    const { body } = await made.send({ name: 'a key', requestsPerMinute: PER_MINUTE }).expect(201);
    const statuses = await Promise.all(
      Array.from({ length: 4 * PER_MINUTE }, async (_, index) => {
        const { request } = index % 2 === 0 ? world.one : world.two;
        return (await request.get('/auth/me').set('x-api-key', String(body.key))).status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(PER_MINUTE);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3 * PER_MINUTE);
  });
});
