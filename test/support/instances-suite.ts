import { InstanceId } from '../../src/cluster/instance-id.js';
import { Drain } from '../../src/platform/lifecycle/drain.service.js';
import { readUntilText } from './read-until.js';
import { startTwoInstances, type TwoInstances } from './two-instances.js';
import { until } from './until.js';
import { Gate } from './upstream/gate.js';

type Listed = Readonly<Record<string, unknown>>;

/**
 * How operators see two instances.
 * @param bus what each says of its connection with the other
 */
export function instancesSuite(settings: () => Promise<Readonly<Record<string, string>>>, bus: string): void {
  let world: TwoInstances;

  beforeAll(
    async () => (world = await startTwoInstances({ ...(await settings()), SHUTDOWN_GRACE_MS: '600000' })),
  );
  afterAll(() => world.close());

  const list = async (): Promise<Listed[]> => {
    const { token } = await world.one.admin();
    return (await world.one.read('/instances', token)).data as Listed[];
  };

  /** Each tells how it is now and then, and whenever it proves that it can write. */
  async function listUntil(isSo: (listed: readonly Listed[]) => boolean): Promise<Listed[]> {
    let listed: Listed[] = [];
    await until(async () => {
      for (const { request } of [world.one, world.two]) await request.get('/health/ready');
      listed = await list();
      return isSo(listed);
    });
    return listed;
  }

  it('lists both, with what is open there, under the ids that own their turns', async () => {
    const user = await world.newUser();
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
    const asking = await world.ask(world.one, user, 'Hi');
    gate.release();
    await readUntilText(asking, 'one ');
    const path = `/turns/${String(asking.headers['x-turn-id'])}/stream`;
    const reader = await readUntilText(await world.two.stream(path, { token: user.token }), 'one ');

    const listed = await listUntil((all) =>
      all.every(({ openStreams, bus: said }) => openStreams === 1 && said === bus),
    );
    const common = { version: expect.stringMatching(/^\d+\.\d+\.\d+/), state: 'serving', pid: process.pid };
    expect(listed).toEqual([
      expect.objectContaining({ ...common, id: world.one.get(InstanceId).id, openTurns: 1 }),
      expect.objectContaining({ ...common, id: world.two.get(InstanceId).id, openTurns: 0 }),
    ]);
    gate.open();
    while (!(await reader.next()).done);
    await listUntil((all) => all.every(({ openTurns, openStreams }) => openTurns === 0 && openStreams === 0));
  });

  it('is for admins', async () => {
    const user = await world.newUser();
    const { body } = await world.two.request
      .get('/instances')
      .auth(user.token, { type: 'bearer' })
      .expect(403);
    expect(body.code).toBe('forbidden');
    await world.two.request.get('/instances').expect(401);
  });

  it('shows one that drains, and none that is gone', async () => {
    const user = await world.newUser();
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two'] });
    const stream = await world.ask(world.two, user, 'Hi');
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    const { tollgate } = world.two;
    const closed = tollgate.close();
    await until(() => tollgate.app.get(Drain).state === 'draining');
    await until(async () => (await list())[1]?.state === 'draining');
    gate.open();
    while (!(await rest.next()).done);
    await closed;
    expect((await list()).map(({ id }) => id)).toEqual([world.one.get(InstanceId).id]);
  });
}
