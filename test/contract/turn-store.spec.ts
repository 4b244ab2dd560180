import type { TurnStore } from '../../src/chat/turn/turn-store.port.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../src/chat/turn/turn.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseTurnStore } from '../../src/persistence/chat/mongoose-turn.store.js';
import { CHECKPOINT_MODEL, TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const NOW = Date.now();
const at = (ms: number): Date => new Date(NOW + ms);
const leaseOf = (owner: string, expiresAt = at(60_000)): Lease => ({ owner, fence: 1, expiresAt });

const DECISION: Settlement = {
  outcome: 'completed',
  charge: 'capture',
  stores: true,
  answer: { text: 'hello', events: [{ type: 'text', length: 5 }] },
  measures: { textEvents: 1, characters: 5, repairedEvents: 0 },
  position: 6,
  endedAt: at(100),
};

describe('TurnStore on mongoose', () => {
  let database: TestDatabase;
  let store: TurnStore;
  let count = 0;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseTurnStore(
      database.model(TURN_MODEL),
      database.model(CHECKPOINT_MODEL),
      database.writer('driver'),
    );
  });
  afterAll(() => database.close());

  function openingOf(changes: Partial<TurnOpening> = {}): TurnOpening {
    count += 1;
    return {
      id: `turn-${count}`,
      tenantId: 'default',
      userId: 'ada',
      accountId: 'account',
      sessionId: `session-${count}`,
      chatflowId: 'assistant',
      provider: 'assistant',
      question: 'Hi',
      price: 1,
      chatflowVersion: 1,
      chargeOnStop: true,
      onDisconnect: { stopAfterSeconds: 3 },
      userMessageId: `user-message-${count}`,
      messageId: `message-${count}`,
      startedAt: at(0),
      ...changes,
    };
  }

  async function openTurn(changes: Partial<TurnOpening> = {}, lease = leaseOf('me')): Promise<TurnRecord> {
    const opening = openingOf(changes);
    expect(await store.open(opening, lease)).toEqual({ kind: 'opened', held: false });
    return { ...opening, status: 'running', lease };
  }

  it('gives back what was opened', async () => {
    const turn = await openTurn();
    expect(await store.find(turn.id)).toEqual(turn);
    expect(await store.find('nobody')).toBeUndefined();
  });

  it('opens one of many turns of a session, and says which runs', async () => {
    const sessionId = 'contested';
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.open(openingOf({ sessionId }), leaseOf('me'))),
    );
    expect(results.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const [running] = (await store.findRunning('ada', [sessionId])).values();
    for (const result of results) if (result.kind === 'busy') expect(result.turn.id).toBe(running);
  });

  it('opens one of many turns with one key, and gives that one to the others; keys are a user’s own', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.open(openingOf({ idempotencyKey: 'k', requestHash: 'h' }), leaseOf('me')),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'opened')).toHaveLength(1);
    const made = await store.findByKey('ada', 'k');
    for (const result of results) if (result.kind === 'duplicate') expect(result.turn.id).toBe(made?.id);
    expect(await store.findByKey('bob', 'k')).toBeUndefined();
    await openTurn({ userId: 'bob', idempotencyKey: 'k' });
    await store.releaseKey(made?.id ?? '');
    expect(await store.findByKey('ada', 'k')).toBeUndefined();
    await openTurn({ idempotencyKey: 'k' });
  });

  it('forgets a discarded turn, with its key and its session', async () => {
    const turn = await openTurn({ idempotencyKey: 'discarded' });
    await store.discard(turn.id);
    expect(await store.find(turn.id)).toBeUndefined();
    await openTurn({ idempotencyKey: 'discarded', sessionId: turn.sessionId });
  });

  it('frees the session when the turn has ended, and keeps the outcome without the copy of the answer', async () => {
    const turn = await openTurn();
    expect(await store.decide(turn.id, 1, DECISION)).toBe(true);
    expect((await store.find(turn.id))?.settlement).toEqual(DECISION);
    expect(await store.finish(turn, DECISION, 1)).toBe(true);
    const ended = await store.find(turn.id);
    const { answer: _, ...kept } = DECISION;
    expect(ended).toMatchObject({ status: 'completed', charged: 1, settlement: kept });
    expect(ended?.settlement?.answer).toBeUndefined();
    expect(ended?.lease).toBeUndefined();
    await openTurn({ sessionId: turn.sessionId });
  });

  it('takes each turn of a dead owner over once, and leaves the old owner nothing to write', async () => {
    const expired = await Promise.all(
      Array.from({ length: 10 }, () => openTurn({}, leaseOf('dead', at(-1000)))),
    );
    const alive = await openTurn({}, leaseOf('alive', at(60_000)));
    const own = await openTurn({}, leaseOf('taker', at(-1000)));
    const taken = await Promise.all(
      Array.from({ length: 15 }, () => store.takeOver('taker', at(0), at(30_000))),
    );
    const ids = taken.flatMap((turn) => turn?.id ?? []);
    expect([...ids].sort()).toEqual(expired.map(({ id }) => id).sort());
    expect(ids).not.toContain(alive.id);
    expect(ids).not.toContain(own.id);
    const [first] = expired;
    expect(await store.find(first?.id ?? '')).toMatchObject({ lease: { owner: 'taker', fence: 2 } });
    expect([...(await store.findTakenOver('taker'))].sort()).toEqual([...ids].sort());
    expect(await store.decide(first?.id ?? '', 1, DECISION)).toBe(false);
    expect(await store.finish(first!, DECISION, 1)).toBe(false);
    expect(await store.decide(first?.id ?? '', 2, DECISION)).toBe(true);
  });

  it('renews the leases of the owner only', async () => {
    const mine = await openTurn({}, leaseOf('renewing', at(5)));
    const other = await openTurn({}, leaseOf('other', at(5)));
    await store.renewLeases('renewing', [mine.id, other.id], at(9000));
    expect((await store.find(mine.id))?.lease?.expiresAt).toEqual(at(9000));
    expect((await store.find(other.id))?.lease?.expiresAt).toEqual(at(5));
  });

  it('keeps checkpoints in order, each once, until the turn has ended', async () => {
    const turn = await openTurn();
    const part = (text: string) => ({ text, events: [{ type: 'text' as const, length: text.length }] });
    const checkpoint = (sequence: number, text: string) => ({ turnId: turn.id, sequence, part: part(text) });
    await store.appendCheckpoints([checkpoint(1, 'b')]);
    await store.appendCheckpoints([checkpoint(0, 'a'), checkpoint(1, 'again'), checkpoint(2, 'c')]);
    expect((await store.checkpoints(turn.id)).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect((await store.checkpoints(turn.id, 2)).map(({ text }) => text)).toEqual(['c']);
    await store.decide(turn.id, 1, { ...DECISION, endedAt: at(5000) });
    await store.finish(turn, { ...DECISION, endedAt: at(5000) }, 1);
    expect(await store.checkpoints(turn.id)).toEqual([]);
  });

  it('keeps what an upstream said, whatever its keys are called', async () => {
    const turn = await openTurn();
    const answer = {
      text: '',
      events: [
        { type: 'tool-call' as const, toolCallId: '1', toolName: 't', input: { $set: { 'a.b': null } } },
      ],
    };
    await store.decide(turn.id, 1, { ...DECISION, answer });
    expect((await store.find(turn.id))?.settlement?.answer).toEqual(answer);
  });
});
