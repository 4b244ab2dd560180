import { flowise } from '../support/upstream/flowise-behaviours.js';
import { TurnWorld } from '../support/turn-world.js';

/** A turn without any reader is given some seconds for its first one. */

const ATTEMPTS = 25;

describe('a client that leaves before it has got any event', () => {
  it('has left its turn as well, so the chatflow’s policy ends it', async () => {
    const world = await TurnWorld.start();
    try {
      await world.putChatflow('stops', { onDisconnect: 'stop' });
      // Nothing but the policy ends such a turn within this test.
      world.upstream.respondWith(flowise.hangAfter(['Hello'], 100));
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const leaving = new AbortController();
        const asking = world.ask({ chatflowId: 'stops', signal: leaving.signal }).catch(() => undefined);
        // Somewhere between the request and the first event.
        await new Promise((resolve) => setTimeout(resolve, attempt));
        leaving.abort();
        (await asking)?.abort();
      }
      expect(world.upstream.requests.length).toBeGreaterThan(0);
      for (const request of world.upstream.requests) await request.closed;
      await expectEverythingSettled(world);
    } finally {
      await world.close();
    }
  });
});

async function expectEverythingSettled(world: TurnWorld): Promise<void> {
  expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
  const { data } = await world.server.read('/accounting/transactions?limit=100', world.user.token);
  const outcomes = (data as { outcome?: string }[]).flatMap(({ outcome }) => outcome ?? []);
  expect([...new Set(outcomes)]).toEqual(['stopped']);
}
