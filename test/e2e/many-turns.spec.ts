import { flowise } from '../support/upstream/flowise-behaviours.js';
import { inWaves } from '../support/in-waves.js';
import { Gate } from '../support/upstream/gate.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';

const TURNS = 1000;
const CREDITS = 300;
/** A bound for what hangs, on a machine that does other things too. */
const PATIENCE_MS = 600_000;
/** A thousand requests may keep a busy machine for longer than upstreams, leases and tokens usually last. */
const PATIENT = {
  UPSTREAM_HEADERS_TIMEOUT_MS: '600000',
  UPSTREAM_IDLE_TIMEOUT_MS: '600000',
  TURN_LEASE_MS: '300000',
  ACCESS_TOKEN_TTL_S: '86400',
};

describe('a user with credits for some of many turns at once', () => {
  it(
    'gets exactly those; the others are refused, nothing is owed and the books sum',
    async () => {
      const world = await TurnWorld.start({ MAX_OPEN_TURNS: '100000', ...PATIENT });
      try {
        const gate = new Gate();
        // Nothing is given back before everybody has asked.
        world.upstream.respondWith(flowise.gated(gate, 'Hello'));
        const user = await world.server.registerUser({ credits: CREDITS });
        const http = world.server.tollgate.app.getHttpServer();
        const streams = await inWaves(http, TURNS, () => world.ask({ user }));
        const statuses = streams.map(({ status }) => status);
        expect(statuses.filter((status) => status === 200).length).toBe(CREDITS);
        expect(statuses.filter((status) => status === 402).length).toBe(TURNS - CREDITS);
        expect(await world.server.read('/accounting/balance', user.token)).toEqual({
          available: 0,
          held: CREDITS,
        });
        gate.open();
        const seen = await Promise.all(
          streams.map((stream) => (stream.status === 200 ? readWhole(stream) : stream.text())),
        );
        const whole = seen.filter((one) => typeof one !== 'string' && one.metadata?.charged === 1);
        expect(whole.length).toBe(CREDITS);
        expect(world.upstream.requests.length).toBe(CREDITS);
        expect(await world.server.read('/accounting/balance', user.token)).toEqual({ available: 0, held: 0 });
        expect(await world.reconciliation()).toMatchObject({ drift: 0, openHolds: 0, inMotion: 0 });
      } finally {
        await world.close();
      }
    },
    PATIENCE_MS,
  );
});
