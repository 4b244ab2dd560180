import { LiveTurns } from '../../src/chat/turn/run/live-turns.js';
import type { TurnStream } from '../../src/chat/turn/log/turn-stream.js';
import type { EventStream } from '../support/event-stream.js';
import { flowise } from '../support/upstream/flowise-behaviours.js';
import { readWhole, TurnWorld } from '../support/turn-world.js';

/** More bytes than the kernel takes for both ends of a connection, so that the reader is behind. */
const TOKENS = Array.from({ length: 40 }, (_, index) => `${index} ${'語'.repeat(100_000)}`);
/** Longer than a reader may take nothing before the log is let go, and less than until it is dropped. */
const UNREAD_MS = 20_000;
/** The machine's own clock lets a log go as late as can be: when is the concern of `turn-stream.spec.ts`. */
const RARELY_BEATING = { HEARTBEAT_INTERVAL_MS: '60000' };

describe('a reader that does not read', () => {
  let world: TurnWorld;

  beforeAll(async () => {
    world = await TurnWorld.start(RARELY_BEATING);
    world.upstream.respondWith(flowise.tokens(...TOKENS));
  });
  afterAll(() => world.close());

  /** A turn that has ended and whose only reader has read nothing for so long that the log is not in memory any more. */
  async function askUnread(): Promise<{ client: EventStream; turn: TurnStream }> {
    const client = await world.ask();
    const turnId = String(client.headers['x-turn-id']);
    expect((await world.stored(turnId)).status).toBe('completed');
    const turn = world.server.get(LiveTurns).streamOf(turnId);
    if (turn === undefined) throw new Error('the turn does not linger');
    turn.beat(Date.now() + UNREAD_MS);
    expect(turn.log.isEvicted).toBe(true);
    return { client, turn };
  }

  it('does not keep the answer of an ended turn in memory, and gets the rest of it when it reads on', async () => {
    const { client, turn } = await askUnread();
    const seen = await readWhole(client);
    expect(seen.text).toBe(TOKENS.join(''));
    expect(seen.ids).toEqual([...new Set(seen.ids)].sort((a, b) => a - b));
    expect(seen.metadata).toMatchObject({ charged: 1 });
    expect(seen.ended).toBe(true);
    expect(turn.log.isEvicted).toBe(false);
  });

  it('never gets an end behind a gap: when the answer was deleted meanwhile, its connection breaks off', async () => {
    const { client } = await askUnread();
    await world.server.request
      .delete(`/sessions/${String(client.headers['x-session-id'])}`)
      .auth(world.user.token, { type: 'bearer' })
      .expect(204);
    await expect(client.events()).rejects.toThrow('aborted');
    // Coming back learns why, while the turn lingers.
    const again = await world.server.request
      .get(`/turns/${String(client.headers['x-turn-id'])}/stream?after=1`)
      .auth(world.user.token, { type: 'bearer' });
    expect(again.body).toMatchObject({ status: 404, code: 'not_found' });
  });
});
