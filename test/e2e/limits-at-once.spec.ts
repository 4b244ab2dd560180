import { MAX_KEYS_PER_USER } from '../../src/auth/api-keys/api-keys.service.js';
import type { EventStream } from '../support/event-stream.js';
import { TurnWorld } from '../support/turn-world.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { Gate } from '../support/upstream/gate.js';

const AT_ONCE = 60;
const LIMIT = 5;

async function statusesOf(streams: readonly EventStream[]): Promise<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const stream of streams) {
    const code =
      stream.status === 200 ? 'admitted' : (JSON.parse(await stream.text()) as { code: string }).code;
    count[code] = (count[code] ?? 0) + 1;
  }
  return count;
}

describe.each([
  ['MAX_OPEN_TURNS', 'overloaded'],
  ['CONCURRENT_TURNS', 'rate_limited'],
  ['TURNS_PER_MINUTE', 'rate_limited'],
])('%s', (setting, code) => {
  it('lets exactly as many turns in as it says, however many come at once', async () => {
    const world = await TurnWorld.start({ [setting]: String(LIMIT) });
    try {
      const gate = new Gate();
      // None ends before all have asked.
      world.upstream.respondWith(flowise.gated(gate, 'Hello'));
      const streams = await Promise.all(Array.from({ length: AT_ONCE }, () => world.ask()));
      expect(await statusesOf(streams)).toEqual({ admitted: LIMIT, [code]: AT_ONCE - LIMIT });
      expect(streams.filter(({ status, headers }) => status !== 200 && !headers['retry-after'])).toEqual([]);
      expect(world.upstream.requests.length).toBe(LIMIT);
      gate.open();
      for (const stream of streams) if (stream.status === 200) await stream.events();
      expect(await world.booksAtRest()).toMatchObject({ drift: 0, openHolds: 0 });
      if (setting !== 'TURNS_PER_MINUTE') expect((await world.ask()).status).toBe(200);
    } finally {
      await world.close();
    }
  });
});

describe('the API keys of a user', () => {
  it('are as many as are allowed, however many are made at once', async () => {
    const world = await TurnWorld.start();
    try {
      const create = async (): Promise<number> => {
        const { status } = await world.server.request
          .post('/auth/api-keys')
          .auth(world.user.token, { type: 'bearer' })
          .send({ name: 'key' });
        return status;
      };
      const list = async () =>
        (await world.server.read('/auth/api-keys', world.user.token)).data as { id: string }[];
      while ((await list()).length < MAX_KEYS_PER_USER - LIMIT) expect(await create()).toBe(201);
      const statuses = await Promise.all(Array.from({ length: AT_ONCE }, create));
      expect(statuses.filter((status) => status === 201)).toHaveLength(LIMIT);
      expect(statuses.filter((status) => status === 409)).toHaveLength(AT_ONCE - LIMIT);
      const keys = await list();
      expect(keys).toHaveLength(MAX_KEYS_PER_USER);
      await world.server.request
        .delete(`/auth/api-keys/${String(keys[0]?.id)}`)
        .auth(world.user.token, { type: 'bearer' })
        .expect(204);
      expect([await create(), await create()]).toEqual([201, 409]);
    } finally {
      await world.close();
    }
  });
});
