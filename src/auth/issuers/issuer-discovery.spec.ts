/** @jest-environment node */
import { jest } from '@jest/globals';
import { DiscoveryOutageError, IssuerDiscovery, MAX_RETRY_MS, MIN_RETRY_MS } from './issuer-discovery.js';

/** What was begun beside a request is there in the next turn of the event loop. */
const nextTurn = () => new Promise(setImmediate);
const HOUR_MS = 3_600_000;

function setUp() {
  const told: string[] = [];
  const state = { isOut: false, fetches: 0, uri: 'https://id.example/keys' };
  const discovery = new IssuerDiscovery(
    async () => {
      state.fetches += 1;
      await Promise.resolve();
      if (state.isOut) throw new Error('nobody there');
      return { jwksUri: state.uri, clientOrigins: [] };
    },
    { reached: () => told.push('reached'), out: () => told.push('out') },
  );
  return { discovery, state, told };
}

describe('IssuerDiscovery', () => {
  let now: number;
  beforeEach(() => {
    now = Date.UTC(2026, 0, 1);
    jest.spyOn(Date, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('asks once for all who wait, and not again for an hour', async () => {
    const { discovery, state } = setUp();
    await Promise.all(Array.from({ length: 10 }, () => discovery.document()));
    now += HOUR_MS - 1;
    await discovery.document();
    expect(state.fetches).toBe(1);
  });

  it('looks for changes beside the requests, and keeps what is at hand when the issuer is out', async () => {
    const { discovery, state } = setUp();
    await discovery.document();
    now += HOUR_MS;
    state.isOut = true;
    expect(await discovery.document()).toMatchObject({ jwksUri: state.uri });
    await nextTurn();
    state.isOut = false;
    now += HOUR_MS;
    state.uri = 'https://id.example/other';
    await discovery.document();
    await nextTurn();
    expect(await discovery.document()).toMatchObject({ jwksUri: state.uri });
  });

  it('asks an issuer that is out again after a second, then ever later, and at least twice a minute', async () => {
    const { discovery, state, told } = setUp();
    state.isOut = true;
    for (let wait = MIN_RETRY_MS; wait < 4 * MAX_RETRY_MS; wait *= 2) {
      await expect(discovery.document()).rejects.toBeInstanceOf(DiscoveryOutageError);
      const { fetches } = state;
      now += Math.min(wait, MAX_RETRY_MS) - 1;
      await expect(discovery.document()).rejects.toBeInstanceOf(DiscoveryOutageError);
      expect(state.fetches).toBe(fetches);
      now += 1;
    }
    state.isOut = false;
    expect(await discovery.document()).toMatchObject({ jwksUri: state.uri });
    expect(told.at(-1)).toBe('reached');
  });
});
