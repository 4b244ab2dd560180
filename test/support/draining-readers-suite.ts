import { Drain } from '../../src/platform/lifecycle/drain.service.js';
import { readRest, readUntilText } from './read-until.js';
import { readWhole, seenIn } from './turn-world.js';
import { startTwoInstances, type TwoInstances } from './two-instances.js';
import { until } from './until.js';
import { Gate } from './upstream/gate.js';

const NO_END = 600_000;

/**
 * What readers of another instance's turn see when theirs goes.
 * @param settings of both; asked once for each test
 */
export function drainingReadersSuite(settings: () => Promise<Readonly<Record<string, string>>>): void {
  let world: TwoInstances;
  let gate: Gate;

  /** A turn that runs on the first instance, has said one word, and is read on the second, which is about to go. */
  async function begin(graceMs: number) {
    world = await startTwoInstances({ ...(await settings()), SHUTDOWN_GRACE_MS: String(graceMs) });
    const user = await world.newUser();
    gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two ', 'three'] });
    const asking = await world.ask(world.one, user, 'Hi');
    gate.release();
    await readUntilText(asking, 'one ');
    const path = `/turns/${String(asking.headers['x-turn-id'])}/stream`;
    const read = (server: TwoInstances['one']) => server.stream(path, { token: user.token });
    const reader = await read(world.two);
    const rest = await readUntilText(reader, 'one ');
    return { rest, read };
  }
  afterEach(async () => {
    gate.open();
    await world.close();
  });

  it('read on until its end, and others may still come', async () => {
    const { rest, read } = await begin(NO_END);
    const { tollgate } = world.two;
    const closed = tollgate.close();
    await until(() => tollgate.app.get(Drain).state === 'draining');
    const newcomer = await readUntilText(await read(world.two), 'one ');
    gate.open();
    for (const stream of [rest, newcomer]) {
      const seen = seenIn(await readRest(stream));
      expect([seen.text, seen.error, seen.ended]).toEqual(['two three', undefined, true]);
    }
    await closed;
  });

  it('are sent elsewhere when the grace is over: nothing is broken off, and nothing is missing there', async () => {
    const { rest, read } = await begin(0);
    const closed = world.two.tollgate.close();
    const before = seenIn(await readRest(rest));
    await closed;
    expect([before.error, before.ended]).toEqual([undefined, false]);
    expect(before.text).toBe('');
    gate.open();
    const seen = await readWhole(await read(world.one));
    expect(seen.text).toBe('one two three');
    expect(seen.ended).toBe(true);
  });
}
