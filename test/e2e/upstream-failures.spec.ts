import { flowise, flowiseFrame, type FlowiseBehaviour } from '../support/upstream/flowise-behaviours.js';
import { refusingUrl } from '../support/ports.js';
import { TurnWorld } from '../support/turn-world.js';

/** For upstreams that are to be given up; all others have as long as they need. */
const TIMEOUT_MS = 1000;
const MEGABYTE = 1024 * 1024;

interface Case {
  readonly name: string;
  readonly behaviour: FlowiseBehaviour;
  /** `undefined`: the turn succeeds. */
  readonly code?: string;
  readonly text?: string;
}

const CASES: readonly Case[] = [
  { name: 'breaks before it answers', behaviour: flowise.resetBeforeHeaders(), code: 'upstream_unavailable' },
  { name: 'answers 401', behaviour: flowise.status(401), code: 'upstream_failed' },
  {
    name: 'answers 429',
    behaviour: flowise.status(429, { 'retry-after': '1' }),
    code: 'upstream_unavailable',
  },
  { name: 'answers 500', behaviour: flowise.status(500), code: 'upstream_failed' },
  { name: 'answers a web page', behaviour: flowise.html(), code: 'upstream_failed' },
  { name: 'hangs before its headers', behaviour: flowise.hang(), code: 'upstream_timeout' },
  {
    name: 'falls silent in the middle',
    behaviour: flowise.hangAfter(['a']),
    code: 'upstream_timeout',
    text: 'a',
  },
  {
    name: 'says nothing but heartbeats in the middle',
    behaviour: flowise.hangAfter(['a'], 50),
    code: 'upstream_timeout',
    text: 'a',
  },
  {
    name: 'closes before its end',
    behaviour: flowise.closeEarly('a', 'b'),
    code: 'upstream_failed',
    text: 'ab',
  },
  { name: 'breaks in the middle', behaviour: flowise.reset('a'), text: 'a', code: 'upstream_failed' },
  {
    name: 'tells of an error',
    behaviour: flowise.frames(['token', 'a'], ['error', 'key sk-secret at /srv/app']),
    code: 'upstream_failed',
    text: 'a',
  },
  { name: 'sends garbage between its events', behaviour: flowise.garbage(), text: 'abc' },
  {
    name: 'sends a megabyte in one event',
    behaviour: flowise.largeToken(MEGABYTE),
    text: 'x'.repeat(MEGABYTE),
  },
  {
    name: 'sends an event without an end',
    behaviour: flowise.raw(`data:{"event":"token","data":"${'x'.repeat(9 * MEGABYTE)}`),
    code: 'upstream_failed',
  },
  { name: 'sends nothing at all', behaviour: flowise.raw(), code: 'upstream_failed' },
  {
    name: 'sends only its end',
    behaviour: flowise.raw(flowiseFrame('end', '[DONE]')),
    code: 'upstream_failed',
  },
];

describe('an upstream that', () => {
  let patient: TurnWorld;
  let hasty: TurnWorld;
  let world: TurnWorld;
  beforeAll(async () => {
    patient = await TurnWorld.start();
    hasty = await TurnWorld.start({
      UPSTREAM_HEADERS_TIMEOUT_MS: String(TIMEOUT_MS),
      UPSTREAM_IDLE_TIMEOUT_MS: String(TIMEOUT_MS),
    });
    await patient.putChatflow('refused', { upstream: { flowId: 'f', baseUrl: await refusingUrl() } });
  });
  beforeEach(() => void (world = patient));
  afterAll(async () => {
    await patient.close();
    await hasty.close();
  });

  async function expectOutcome(chatflowId: string, { code, text = '' }: Omit<Case, 'name' | 'behaviour'>) {
    const before = (await world.server.read('/accounting/balance', world.user.token)).available as number;
    const seen = await world.askWhole({ chatflowId });
    expect(seen.error?.code).toBe(code);
    expect(seen.text).toBe(text);
    expect(seen.events.slice(-2)).toEqual([code === undefined ? 'metadata' : 'error', 'end']);
    const stored = await world.stored(seen.turnId);
    expect(stored.status).toBe(code === undefined ? 'completed' : 'failed');
    expect(stored.rows).toEqual(['hold', code === undefined ? 'capture' : 'release']);
    expect(stored.balance).toEqual({ available: code === undefined ? before - 1 : before, held: 0 });
    expect(stored.messages.length).toBe(code === undefined ? 2 : 0);
    // What it said of itself is for the log, never for a client.
    expect(JSON.stringify(seen)).not.toMatch(/secret|\/srv/);
  }

  it('refuses the connection', () => expectOutcome('refused', { code: 'upstream_unavailable' }));

  it.each(CASES)('$name', async ({ behaviour, ...expected }) => {
    if (expected.code === 'upstream_timeout') world = hasty;
    world.upstream.respondWith(behaviour);
    await expectOutcome('flow', expected);
  });

  it('has done all of this leaves a server that answers and books that sum', async () => {
    for (const each of [patient, hasty]) {
      each.upstream.respondWith(flowise.tokens('fine'));
      expect((await each.askWhole()).metadata).toMatchObject({ charged: 1 });
      expect(await each.reconciliation()).toMatchObject({ drift: 0, openHolds: 0 });
    }
  });
});
