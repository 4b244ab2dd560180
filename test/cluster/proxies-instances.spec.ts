import { openEventStream, type EventStream } from '../support/event-stream.js';
import type { StreamEvent } from '../support/event-stream.js';
import { readWhole, seenIn } from '../support/turn-world.js';
import { startTwoInstances, type TwoInstances } from '../support/two-instances.js';
import { Gate } from '../support/upstream/gate.js';
import { describeProxies } from './proxies/all-proxies.js';
import type { RunningProxy } from './proxies/proxy-program.js';

const READERS = 8;
const REQUESTS = 20;

describeProxies('two instances', (program) => {
  let world: TwoInstances;
  let proxy: RunningProxy;

  beforeEach(async () => {
    world = await startTwoInstances({ TRUST_PROXY_HOPS: '1', SHUTDOWN_GRACE_MS: '0' });
    proxy = await program.start([world.one, world.two].map(({ url }) => new URL(url).host));
  });
  afterEach(async () => {
    await proxy.close();
    await world.close();
  });

  it('are both asked, and when one stops its readers find the other one, without losing a word', async () => {
    const user = await world.newUser();
    const gate = new Gate();
    world.upstream.runAs({ kind: 'agentflow2', gate: () => gate, answer: () => ['one ', 'two ', 'three'] });
    const asked = await world.ask(world.one, user, 'Hi');
    gate.release();
    const turnId = String(asked.headers['x-turn-id']);
    const open = (lastId?: string): Promise<EventStream> =>
      openEventStream(`${proxy.url}/turns/${turnId}/stream`, {
        token: user.token,
        headers: lastId === undefined ? {} : { 'last-event-id': lastId },
      });
    const readers = await Promise.all(Array.from({ length: READERS }, () => open()));
    const begun = await Promise.all(readers.map((reader) => readOneWord(reader)));
    await world.two.tollgate.close();
    gate.open();
    const seen = await Promise.all(
      begun.map(async ({ events, rest }) => {
        for (let next = await rest.next(); !next.done; next = await rest.next())
          if (next.value.data !== undefined) events.push(next.value);
        const before = seenIn(events);
        if (before.ended) return { text: before.text, hasMoved: false };
        const again = await open(events.at(-1)?.id);
        expect([again.status, again.headers['content-type']]).toEqual([
          200,
          expect.stringContaining('event-stream'),
        ]);
        const behind = await readWhole(again);
        expect([before.error, behind.ended]).toEqual([undefined, true]);
        return { text: before.text + behind.text, hasMoved: true };
      }),
    );
    expect(seen.map(({ text }) => text)).toEqual(Array.from({ length: READERS }, () => 'one two three'));
    const moved = seen.filter(({ hasMoved }) => hasMoved).length;
    expect([moved > 0, moved < READERS]).toEqual([true, true]);
    expect(await readWhole(asked)).toMatchObject({ text: 'one two three', ended: true });
  });

  it('are one that serves everything once the other one has stopped, and no question is put twice', async () => {
    const user = await world.newUser();
    world.upstream.runAs({ kind: 'agentflow2', answer: ({ question }) => [question] });
    // Connections to both are kept by the proxy.
    for (let request = 0; request < REQUESTS; request += 1) expect(await status('/auth/me')).toBe(200);
    await world.two.tollgate.close();
    for (let request = 0; request < REQUESTS; request += 1) expect(await status('/auth/me')).toBe(200);
    const before = world.upstream.runs.length;
    for (let question = 0; question < READERS; question += 1) {
      const stream = await openEventStream(`${proxy.url}/predict/stream/store`, {
        token: user.token,
        body: { chatflow_id: 'flow', question: `q${question}`, sessionId: 'main' },
      });
      expect(await readWhole(stream)).toMatchObject({ text: `q${question}`, ended: true });
    }
    expect(world.upstream.runs.length - before).toBe(READERS);

    async function status(path: string): Promise<number> {
      const response = await fetch(`${proxy.url}${path}`, {
        headers: { authorization: `Bearer ${user.token}` },
      });
      await response.arrayBuffer();
      return response.status;
    }
  });

  /** What a reader has got when the first word is there, and where the rest comes from. */
  async function readOneWord(
    stream: EventStream,
  ): Promise<{ events: StreamEvent[]; rest: AsyncIterator<StreamEvent> }> {
    const rest = stream[Symbol.asyncIterator]();
    const events: StreamEvent[] = [];
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if (next.value.data !== undefined) events.push(next.value);
      if (seenIn(events).text === 'one ') return { events, rest };
    }
    throw new Error('The stream has ended before its first word');
  }
});
