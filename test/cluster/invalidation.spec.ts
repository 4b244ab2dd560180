import { ChatflowRegistry } from '../../src/chatflows/chatflow-registry.port.js';
import { InstanceBus } from '../../src/cluster/instance-bus.port.js';
import { Clock } from '../../src/platform/clock.port.js';
import { Forger } from '../support/oidc/forger.js';
import { readRest, readUntilText } from '../support/read-until.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { seenIn } from '../support/turn-world.js';
import { until } from '../support/until.js';
import { Gate } from '../support/upstream/gate.js';
import { RedisServer } from './support/redis-server.js';

/** As long as nothing goes by its age: only what others say makes an instance forget. */
const stopClockOf = (clock: Clock): void => {
  const now = clock.now();
  clock.now = () => now;
};

describe('what an instance has changed', () => {
  let redis: RedisServer;
  let world: TwoInstances;
  let forger: Forger;
  let token: string;

  beforeAll(async () => {
    redis = await RedisServer.start();
    forger = await Forger.start();
    world = await startTwoInstances({
      REDIS_URL: redis.url,
      OIDC_ISSUERS: JSON.stringify([forger.settings]),
    });
    ({ token } = await world.one.admin());
    await busesAre('up');
    stopClockOf(world.two.get(Clock));
  });
  afterAll(async () => {
    await world.close();
    await forger.close();
    await redis.close();
  });

  const busesAre = (state: string) =>
    until(() => [world.one, world.two].every((server) => server.get(InstanceBus).state === state));
  const rename = (name: string) =>
    world.one.request
      .put('/chatflows/flow')
      .auth(token, { type: 'bearer' })
      .send({
        name,
        provider: 'flowise',
        upstream: { flowId: 'flow' },
        price: { credits: 1 },
        access: { public: true },
      })
      .expect(200);
  const nameOnTwo = async () => (await world.two.get(ChatflowRegistry).find('flow'))?.name;
  // What is remembered comes without a turn of the event loop: the bus needs one between two looks.
  const untilNamedOnTwo = (name: string) => until(async () => (await nameOnTwo()) === name);

  it('counts on the other, though it remembers the chatflow as it was', async () => {
    await rename('before');
    await untilNamedOnTwo('before');
    await rename('after');
    await untilNamedOnTwo('after');
  });

  it('counts for an API key that was revoked', async () => {
    const user = await world.newUser();
    const { body } = await world.one.request
      .post('/auth/api-keys')
      .auth(user.token, { type: 'bearer' })
      .send({ name: 'a key' })
      .expect(201);
    const me = () => world.two.request.get('/auth/me').set('x-api-key', String(body.key));
    expect((await me()).status).toBe(200);
    await world.one.request
      .delete(`/auth/api-keys/${body.id}`)
      .auth(user.token, { type: 'bearer' })
      .expect(204);
    while ((await me()).status !== 401);
  });

  it.each([
    ['a session', { sub: 'ada', sid: 'session-1' }, { sub: undefined, sid: 'session-1' }],
    ['a user', { sub: 'bob' }, { sub: 'bob' }],
  ])('counts for %s that a provider has signed out, and ends the stream', async (_what, named, logout) => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
    const iat = Math.floor(world.two.get(Clock).now() / 1000);
    const bearer = await forger.accessToken({ iat, ...named });
    const me = () => world.two.request.get('/auth/me').auth(bearer, { type: 'bearer' });
    expect((await me()).status).toBe(200);
    const user = { ...(await world.newUser()), token: bearer };
    const asked = await world.ask(world.two, user, 'Hi', `signed out with ${Object.keys(logout).join()}`);
    gate.release();
    const rest = await readUntilText(asked, 'one ');
    await world.one.request
      .post('/auth/backchannel-logout')
      .type('form')
      .send({ logout_token: await forger.logoutToken({ iat, ...logout }) })
      .expect(200);
    expect(seenIn(await readRest(rest)).error?.code).toBe('access_revoked');
    await until(async () => (await me()).status === 401);
    gate.open();
  });

  it('counts when Redis is back, although nobody could be told', async () => {
    await rename('told');
    await untilNamedOnTwo('told');
    await redis.kill();
    await busesAre('down');
    // It may have forgotten while the bus went: now it remembers, and nobody can tell it.
    expect(await nameOnTwo()).toBe('told');
    await rename('untold');
    expect(await nameOnTwo()).toBe('told');
    await redis.startAgain();
    await untilNamedOnTwo('untold');
  });
});
