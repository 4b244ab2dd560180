import { readRest, readUntilText } from '../../support/read-until.js';
import type { TestUser } from '../../support/test-server.js';
import { seenIn } from '../../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../../support/two-instances.js';
import { until } from '../../support/dialects/page.js';
import { Gate } from '../../support/upstream/gate.js';

const CREDITS = 10;

describe('an instance that has lost its database', () => {
  let world: TwoInstances;
  let user: TestUser;
  let gate: Gate;

  beforeAll(async () => (world = await startTwoInstances({ TURN_LEASE_MS: '500' })));
  afterAll(async () => {
    world.link.mend();
    gate.open();
    await world.close();
  });
  beforeEach(async () => {
    world.link.mend();
    user = await world.newUser(CREDITS);
    gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate, answer: () => ['one ', 'two ', 'three'] });
  });

  it('ends its turns as interrupted; the other one settles them, and nothing is charged', async () => {
    const stream = await world.ask(world.one, user, 'Hi');
    const turnId = String(stream.headers['x-turn-id']);
    gate.release();
    const rest = await readUntilText(stream, 'one ');
    world.link.cut();

    // Its readers are told, though the upstream would go on.
    const seen = seenIn(await readRest(rest));
    expect([seen.text, seen.error?.code, seen.ended]).toEqual(['', 'turn_interrupted', true]);
    expect(seen.metadata).toBeUndefined();
    await world.upstream.whenIdle();
    expect(world.upstream.runs.at(-1)).toMatchObject({ state: 'aborted', answer: 'one ' });

    let turn = await world.two.read(`/turns/${turnId}`, user.token);
    while (turn.status === 'running') turn = await world.two.read(`/turns/${turnId}`, user.token);
    expect(turn).toMatchObject({ status: 'interrupted', charge: { captured: 0 } });
    expect(await world.two.read('/accounting/balance', user.token)).toEqual({ available: CREDITS, held: 0 });

    // The session is free on the other instance, which was told nothing of the lost turn's words.
    world.upstream.runAs({ kind: 'agentflow2' });
    const next = seenIn(await (await world.ask(world.two, user, 'again')).events());
    expect([next.text, next.ended]).toEqual(['You said: again', true]);
  });

  it('serves again when it has its database back, and settles nothing twice', async () => {
    let status = 0;
    const poll = async (): Promise<void> => {
      while (status !== 200) {
        const stream = await world.ask(world.one, user, 'Hi').catch(() => undefined);
        status = stream?.status ?? 0;
        if (stream === undefined) continue;
        gate.open();
        const text = await stream.text();
        if (status === 200 && !text.includes('"metadata"')) status = 0;
      }
    };
    await poll();
    await until(() => status === 200);
    const { token } = await world.two.admin();
    expect(await world.two.read('/accounting/reconciliation', token)).toMatchObject({
      drift: 0,
      openHolds: 0,
    });
  });
});
