import { randomBytes } from 'node:crypto';
import { InstanceBus } from '../../src/cluster/instance-bus.port.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { OtlpReceiver } from '../support/tracing/otlp-receiver.js';
import { Gate } from '../support/upstream/gate.js';
import { until } from '../support/until.js';
import { RedisServer } from './support/redis-server.js';

describe('traces of several instances', () => {
  let redis: RedisServer;
  let receiver: OtlpReceiver;
  let world: TwoInstances;

  beforeAll(async () => {
    redis = await RedisServer.start();
    receiver = await OtlpReceiver.start();
    world = await startTwoInstances({
      REDIS_URL: redis.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '10',
    });
    await until(() => [world.one, world.two].every((server) => server.get(InstanceBus).state === 'up'));
  });
  afterAll(async () => {
    await world.close();
    await receiver.close();
    await redis.close();
  });

  it('show a turn, who reads it elsewhere and who stops it elsewhere', async () => {
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
    const user = await world.newUser(10);
    const [asked, read, stopped] = [1, 2, 3].map(() => randomBytes(16).toString('hex')) as [
      string,
      string,
      string,
    ];
    const headers = (traceId: string) => ({ traceparent: `00-${traceId}-${'1'.repeat(16)}-01` });
    const asking = await world.one.stream('/predict/stream/store', {
      token: user.token,
      headers: headers(asked),
      body: { chatflow_id: 'flow', question: 'Hi', sessionId: 'main' },
    });
    const turnId = String(asking.headers['x-turn-id']);
    const reading = await world.two.stream(`/turns/${turnId}/stream`, {
      token: user.token,
      headers: headers(read),
    });
    await world.two.request
      .post(`/turns/${turnId}/stop`)
      .auth(user.token, { type: 'bearer' })
      .set(headers(stopped))
      .expect(200);
    gate.open();
    await Promise.all([asking.text(), reading.text()]);

    const has = (name: string) => (spans: readonly { readonly name: string }[]) =>
      spans.some((span) => span.name === name);
    const turn = await receiver.trace(asked, has('turn'));
    expect(turn.one('turn').attributes).toMatchObject({ 'tollgate.outcome': 'stopped' });
    // Who reads and who stops asks the owner over the bus, in the trace of the own request.
    const follower = await receiver.trace(
      read,
      (spans) => has('GET /turns/:turnId/stream')(spans) && has('answer turn.follow')(spans),
    );
    expect(follower.pathOf(follower.one('answer turn.follow'))).toEqual(
      ['answer turn.follow', 'request turn.follow', 'GET /turns/:turnId/stream'].reverse(),
    );
    expect(follower.one('GET /turns/:turnId/stream').links).toEqual([
      expect.objectContaining({ traceId: asked }),
    ]);
    const stop = await receiver.trace(
      stopped,
      (spans) => has('POST /turns/:turnId/stop')(spans) && has('answer turn.stop')(spans),
    );
    expect(stop.pathOf(stop.one('answer turn.stop'))).toEqual([
      'POST /turns/:turnId/stop',
      'request turn.stop',
      'answer turn.stop',
    ]);
  });
});
