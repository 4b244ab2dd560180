import { FIRST_PLACE } from '../../src/chat/records/session-place.js';
import { MAX_ANSWER_CHARACTERS } from '../../src/chat/turn/log/turn-log.js';
import { LeaseLost } from '../../src/chat/turn/settle/settlement.service.js';
import type { Settlement, TurnRecord } from '../../src/chat/records/turn.js';
import { newId } from '../../src/platform/ids.js';
import { hasBulkWrite } from '../support/database-under-test.js';
import { CREDITS, ENDED, LEASE, NOW, Settling, SETTLING_MODELS } from './support/settling.js';
import { openTestDatabase, ORDERED_WRITERS, type TestDatabase } from './support/test-database.js';

// Where the database has no `bulkWrite`, nothing is written at once and the same comes of the steps: `settle-in-steps.spec.ts`.
describe.each(ORDERED_WRITERS)('a turn opened and settled at once, writing over %s', (writer) => {
  let database: TestDatabase;
  let world: Settling;

  beforeAll(async () => {
    database = await openTestDatabase(SETTLING_MODELS);
    world = await Settling.on((name) => database.model(name), database.writer(writer));
  });
  beforeEach(() => world.newUser());
  afterAll(async () => {
    await world.own.mover.drain();
    await database.close();
  });

  const endingOf = (charged: number) => ({ charged, position: 0, expiresAt: new Date(NOW + 60_000) });

  it('holds along with the opening, or not at all', async () => {
    const opened = await world.insert(world.openingOf());
    expect(opened).toEqual({ kind: 'opened', held: hasBulkWrite, remembered: false });
    expect(await world.balance()).toEqual(
      hasBulkWrite ? { available: 7, held: 3 } : { available: 10, held: 0 },
    );
  });

  it('opens without a hold when there is too little, and holds nothing when the turn is refused', async () => {
    const dear = world.openingOf({ price: 11 });
    expect(await world.insert(dear)).toMatchObject({ held: false });
    expect(await world.insert(world.openingOf({ sessionId: dear.sessionId }))).toMatchObject({
      kind: 'busy',
    });
    expect(await world.balance()).toEqual({ available: 10, held: 0 });
  });

  it('stores, charges and ends a turn, and drops its checkpoints', async () => {
    const { turns, history, own, settlement, userId } = world;
    const turn = await world.open();
    await turns.appendCheckpoints([
      { turnId: turn.id, userId, sequence: 0, part: { text: 'he', events: [] } },
    ]);
    const charge = own.ledger.planSettlement('capture', { ...world.chargeOf(turn), outcome: 'completed' });
    const writes = [...history.planTurn(turn, ENDED, FIRST_PLACE), charge.write];
    expect(await turns.settle(turn, ENDED, writes, endingOf(charge.charged))).toBe(hasBulkWrite);
    if (!hasBulkWrite) {
      expect((await world.find(turn))?.settlement).toBeUndefined();
      expect(await world.positions(turn)).toEqual([]);
      expect(await world.balance()).toEqual({ available: 7, held: 3 });
      expect(await settlement.settle(turn, ENDED)).toBe(3);
    }
    const { answer: _, ...kept } = ENDED;
    expect(await world.find(turn)).toMatchObject({ status: 'completed', charged: 3, settlement: kept });
    expect((await world.find(turn))?.lease).toBeUndefined();
    expect(await turns.checkpoints(turn)).toEqual([]);
    expect(await history.listMessages(userId, turn.sessionId, 10)).toMatchObject([
      { id: turn.userMessageId, content: 'Hi', position: 0 },
      { id: turn.messageId, content: 'hello', position: 1 },
    ]);
    expect(await history.findSession(userId, turn.sessionId)).toMatchObject({ topic: 'Hi', messageCount: 2 });
    expect(await world.balance()).toEqual({ available: 7, held: 0 });
  });

  it('stores and charges the longest answer in a script of three bytes each', async () => {
    const turn = await world.open();
    const text = '\u6f22'.repeat(MAX_ANSWER_CHARACTERS);
    const answer = { text, events: [{ type: 'text' as const, length: text.length }] };
    const charged = await world.settlement.settle(turn, { ...ENDED, answer });
    expect(charged).toBe(3);
    const [, stored] = await world.history.listMessages(world.userId, turn.sessionId, 10);
    expect(stored?.content === text).toBe(true);
    expect(await world.find(turn)).toMatchObject({ status: 'completed', charged: 3 });
  });

  it('gives the hold of a failed turn back, keeps what was said on the turn, and stores no message', async () => {
    const turn = await world.open();
    const failed = { ...ENDED, outcome: 'failed' as const, charge: 'release' as const, stores: false };
    expect(await world.settlement.settle(turn, failed)).toBe(0);
    expect(await world.balance()).toEqual({ available: 10, held: 0 });
    expect(await world.find(turn)).toMatchObject({
      status: 'failed',
      charged: 0,
      settlement: { answer: ENDED.answer },
    });
    expect(await world.positions(turn)).toEqual([]);
    expect(await world.history.findSession(world.userId, turn.sessionId)).toMatchObject({
      topic: 'Hi',
      messageCount: 0,
      lastTurnId: turn.id,
    });
  });

  it('makes no account of a turn that was never held', async () => {
    world.userId = newId();
    world.accountId = newId();
    const opening = world.openingOf();
    expect(await world.insert(opening)).toMatchObject({ held: false });
    const { answer: _, ...nothing } = ENDED;
    const turn: TurnRecord = { ...opening, status: 'running', lease: LEASE };
    const decision: Settlement = { ...nothing, outcome: 'interrupted', charge: 'release', stores: false };
    expect(await world.settlement.settleInSteps(turn, decision)).toBe(0);
    expect(await world.find(turn)).toMatchObject({ status: 'interrupted', charged: 0 });
    expect(await world.balance()).toEqual({ available: CREDITS, held: 0 });
  });

  it('leaves nothing behind when the turn has another owner', async () => {
    const turn = await world.open();
    const former = { ...turn, lease: { ...LEASE, fence: 0 } };
    await expect(world.settlement.settle(former, ENDED)).rejects.toBeInstanceOf(LeaseLost);
    expect((await world.find(turn))?.settlement).toBeUndefined();
    expect(await world.positions(turn)).toEqual([]);
    expect(await world.balance()).toEqual({ available: 7, held: 3 });
  });

  it('goes on step by step when the session has changed since it was looked at', async () => {
    const { history, settlement, userId } = world;
    const first = await world.open();
    await settlement.settle(first, ENDED);
    const second = await world.open({ sessionId: first.sessionId });
    expect(await settlement.settle(second, ENDED)).toBe(3);
    expect(await world.positions(second)).toEqual([0, 1, 2, 3]);
    const place = await history.placeOf({ ...second, id: newId() });
    const third = await world.open({ sessionId: first.sessionId }, place);
    expect(await settlement.settle(third, ENDED)).toBe(3);
    expect(await world.positions(third)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await history.findSession(userId, first.sessionId)).toMatchObject({ messageCount: 6 });
    expect(await world.balance()).toEqual({ available: 1, held: 0 });
  });

  it('does not end a turn as charged whose hold is gone', async () => {
    const turn = await world.open();
    await world.own.ledger.release({ ...world.chargeOf(turn), outcome: 'failed' });
    expect(await world.settlement.settle(turn, ENDED)).toBe(0);
    expect(await world.find(turn)).toMatchObject({ status: 'completed', charged: 0 });
    expect(await world.balance()).toEqual({ available: 10, held: 0 });
    expect(await world.positions(turn)).toEqual([0, 1]);
  });

  it('knows its own settlement again whose answer was lost', async () => {
    const turn = await world.open();
    expect(await world.settlement.settle(turn, ENDED)).toBe(3);
    expect(await world.settlement.settle(turn, ENDED)).toBe(3);
    const later = { ...ENDED, endedAt: new Date(NOW + 3000) };
    await expect(world.settlement.settle(turn, later)).rejects.toBeInstanceOf(LeaseLost);
    expect(await world.positions(turn)).toEqual([0, 1]);
    expect(await world.balance()).toEqual({ available: 7, held: 0 });
  });

  it('finishes what was cut short behind any of its writes', async () => {
    const { turns, history, own, settlement } = world;
    const plan = (turn: TurnRecord) => [
      ...history.planTurn(turn, ENDED, FIRST_PLACE),
      own.ledger.planSettlement('capture', { ...world.chargeOf(turn), outcome: 'completed' }).write,
    ];
    for (let made = 0; made <= 4; made += 1) {
      const turn = await world.open({ price: 1 });
      const cut = plan(turn).slice(0, made);
      // A write that is refused ends the command where a crash of the server would have.
      const never = { ...world.chargeOf(turn), turnId: newId(), outcome: 'completed' as const };
      const refused = own.ledger.planSettlement('capture', never).write;
      expect(await turns.settle(turn, ENDED, [...cut, refused], endingOf(1))).toBe(false);
      expect((await world.find(turn))?.settlement).toEqual(hasBulkWrite ? ENDED : undefined);
      expect(await settlement.settle(turn, ENDED)).toBe(1);
      expect(await world.find(turn)).toMatchObject({ status: 'completed', charged: 1 });
      expect(await world.positions(turn)).toEqual([0, 1]);
    }
    expect(await world.balance()).toEqual({ available: 5, held: 0 });
  });
});
