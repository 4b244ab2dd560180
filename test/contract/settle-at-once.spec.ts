import { openOwnAccounting, type OwnAccounting } from '../support/accounting/accounting-parts.js';
import { FIRST_PLACE, type SessionPlace } from '../../src/chat/records/session-place.js';
import { FaultPoints } from '../../src/platform/lifecycle/fault-points.service.js';
import { MAX_ANSWER_CHARACTERS } from '../../src/chat/turn/log/turn-log.js';
import { StoredBytes } from '../../src/chat/turn/settle/stored-bytes.service.js';
import { LeaseLost, SettlementService } from '../../src/chat/turn/settle/settlement.service.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../src/chat/records/turn.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ACCOUNTING_MODELS } from '../../src/persistence/accounting/index.js';
import { CREDIT_ACCOUNT_MODEL } from '../../src/persistence/accounting/credit-account.schema.js';
import { CREDIT_TRANSACTION_MODEL } from '../../src/persistence/accounting/credit-transaction.schema.js';
import { MongooseCreditAccountStore } from '../../src/persistence/accounting/mongoose-credit-account.store.js';
import { MongooseCreditTransactionStore } from '../../src/persistence/accounting/mongoose-credit-transaction.store.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MESSAGE_MODEL, SESSION_MODEL } from '../../src/persistence/chat/history.schema.js';
import { MongooseHistoryStore } from '../../src/persistence/chat/mongoose-history.store.js';
import { CONVERSATION_MODEL } from '../../src/persistence/chat/conversation.schema.js';
import { MongooseConversationStore } from '../../src/persistence/chat/mongoose-conversation.store.js';
import { MongooseTurnStore } from '../../src/persistence/chat/mongoose-turn.store.js';
import { CHECKPOINT_MODEL, TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { newId } from '../../src/platform/ids.js';
import { openTestDatabase, ORDERED_WRITERS, type TestDatabase } from './support/test-database.js';

const NOW = Date.now();
const LEASE: Lease = { owner: 'me', fence: 1, expiresAt: new Date(NOW + 60_000) };
const CREDITS = 10;

const ENDED: Settlement = {
  outcome: 'completed',
  charge: 'capture',
  stores: true,
  answer: { text: 'hello', events: [{ type: 'text', length: 5 }] },
  measures: { textEvents: 1, characters: 5, repairedEvents: 0 },
  position: 6,
  endedAt: new Date(NOW + 2000),
};

describe.each(ORDERED_WRITERS)('a turn opened and settled at once, writing over %s', (writer) => {
  let database: TestDatabase;
  let turns: MongooseTurnStore;
  let history: MongooseHistoryStore;
  let own: OwnAccounting;
  let settlement: SettlementService;
  let userId: string;
  let accountId: string;

  beforeAll(async () => {
    database = await openTestDatabase([...CHAT_MODELS, ...ACCOUNTING_MODELS]);
    turns = new MongooseTurnStore(
      database.model(TURN_MODEL),
      database.model(CHECKPOINT_MODEL),
      database.writer(writer),
    );
    history = new MongooseHistoryStore(
      database.model(SESSION_MODEL),
      database.model(MESSAGE_MODEL),
      database.model(TURN_MODEL),
    );
    const stores = {
      accounts: new MongooseCreditAccountStore(database.model(CREDIT_ACCOUNT_MODEL)),
      transactions: new MongooseCreditTransactionStore(database.model(CREDIT_TRANSACTION_MODEL)),
    };
    own = await openOwnAccounting(stores, { now: () => NOW }, CREDITS);
    settlement = new SettlementService(
      turns,
      history,
      new MongooseConversationStore(database.model(CONVERSATION_MODEL)),
      own.ledger,
      new StoredBytes(history, { now: () => NOW }),
      new FaultPoints(undefined),
      loadConfig({ NODE_ENV: 'test' }),
    );
  });
  beforeEach(async () => {
    userId = newId();
    accountId = newId();
    await own.opening.require(accountId);
  });
  afterAll(async () => {
    await own.mover.drain();
    await database.close();
  });

  const openingOf = (changes: Partial<TurnOpening> = {}): TurnOpening => ({
    id: newId(),
    tenantId: 'default',
    userId,
    accountId,
    sessionId: newId(),
    chatflowId: 'assistant',
    provider: 'assistant',
    question: 'Hi',
    price: 3,
    chatflowVersion: 1,
    chargeOnStop: true,
    onDisconnect: 'continue',
    requestHash: 'hash',
    userMessageId: newId(),
    messageId: newId(),
    startedAt: new Date(NOW),
    ...changes,
  });
  const holdOf = ({ id, price }: TurnOpening) => {
    const expiresAt = new Date(NOW + 60_000);
    return own.ledger.planHold({
      userId,
      accountId,
      turnId: id,
      chatflowId: 'assistant',
      amount: price,
      expiresAt,
    });
  };
  async function open(
    changes: Partial<TurnOpening> = {},
    sessionPlace: SessionPlace = FIRST_PLACE,
  ): Promise<TurnRecord> {
    const opening = openingOf(changes);
    const opened = await turns.open(opening, LEASE, { hold: holdOf(opening).write });
    expect(opened).toEqual({ kind: 'opened', held: true, remembered: false });
    return { ...opening, status: 'running', lease: LEASE, sessionPlace };
  }
  const endingOf = (charged: number) => ({ charged, position: 0, expiresAt: new Date(NOW + 60_000) });
  const find = ({ id }: Pick<TurnOpening, 'id'>) => turns.find(userId, id);
  const balance = () => own.ledger.balance({ userId, accountId });
  const positions = async ({ sessionId }: TurnRecord) =>
    (await history.listMessages(userId, sessionId, 100)).map(({ position }) => position);

  it('holds along with the opening', async () => {
    await open();
    expect(await balance()).toEqual({ available: 7, held: 3 });
  });

  it('opens without a hold when there is too little, and holds nothing when the turn is refused', async () => {
    const dear = openingOf({ price: 11 });
    expect(await turns.open(dear, LEASE, { hold: holdOf(dear).write })).toMatchObject({ held: false });
    const busy = openingOf({ sessionId: dear.sessionId });
    expect(await turns.open(busy, LEASE, { hold: holdOf(busy).write })).toMatchObject({ kind: 'busy' });
    expect(await balance()).toEqual({ available: 10, held: 0 });
  });

  it('stores, charges and ends a turn, and drops its checkpoints', async () => {
    const turn = await open();
    await turns.appendCheckpoints([
      { turnId: turn.id, userId, sequence: 0, part: { text: 'he', events: [] } },
    ]);
    const charge = own.ledger.planSettlement('capture', { ...chargeOf(turn), outcome: 'completed' });
    const messages = history.planTurn(turn, ENDED, FIRST_PLACE);
    expect(await turns.settle(turn, ENDED, [...messages, charge.write], endingOf(charge.charged))).toBe(true);
    const { answer: _, ...kept } = ENDED;
    expect(await find(turn)).toMatchObject({ status: 'completed', charged: 3, settlement: kept });
    expect((await find(turn))?.lease).toBeUndefined();
    expect(await turns.checkpoints(turn)).toEqual([]);
    expect(await history.listMessages(userId, turn.sessionId, 10)).toMatchObject([
      { id: turn.userMessageId, content: 'Hi', position: 0 },
      { id: turn.messageId, content: 'hello', position: 1 },
    ]);
    expect(await history.findSession(userId, turn.sessionId)).toMatchObject({ topic: 'Hi', messageCount: 2 });
    expect(await balance()).toEqual({ available: 7, held: 0 });
  });

  it('stores and charges the longest answer in a script of three bytes each', async () => {
    const turn = await open();
    const text = '\u6f22'.repeat(MAX_ANSWER_CHARACTERS);
    const answer = { text, events: [{ type: 'text' as const, length: text.length }] };
    const charged = await settlement.settle(turn, { ...ENDED, answer });
    expect(charged).toBe(3);
    const [, stored] = await history.listMessages(userId, turn.sessionId, 10);
    expect(stored?.content === text).toBe(true);
    expect(await find(turn)).toMatchObject({ status: 'completed', charged: 3 });
  });

  it('gives the hold of a failed turn back, keeps what was said on the turn, and stores no message', async () => {
    const turn = await open();
    const failed = { ...ENDED, outcome: 'failed' as const, charge: 'release' as const, stores: false };
    expect(await settlement.settle(turn, failed)).toBe(0);
    expect(await balance()).toEqual({ available: 10, held: 0 });
    expect(await find(turn)).toMatchObject({
      status: 'failed',
      charged: 0,
      settlement: { answer: ENDED.answer },
    });
    expect(await history.listMessages(userId, turn.sessionId, 10)).toEqual([]);
    expect(await history.findSession(userId, turn.sessionId)).toMatchObject({
      topic: 'Hi',
      messageCount: 0,
      lastTurnId: turn.id,
    });
  });

  it('makes no account of a turn that was never held', async () => {
    userId = newId();
    accountId = newId();
    const opening = openingOf();
    expect(await turns.open(opening, LEASE, { hold: holdOf(opening).write })).toMatchObject({ held: false });
    const { answer: _, ...nothing } = ENDED;
    const turn: TurnRecord = { ...opening, status: 'running', lease: LEASE };
    const decision: Settlement = { ...nothing, outcome: 'interrupted', charge: 'release', stores: false };
    expect(await settlement.settleInSteps(turn, decision)).toBe(0);
    expect(await find(turn)).toMatchObject({ status: 'interrupted', charged: 0 });
    expect(await balance()).toEqual({ available: CREDITS, held: 0 });
  });

  it('leaves nothing behind when the turn has another owner', async () => {
    const turn = await open();
    const former = { ...turn, lease: { ...LEASE, fence: 0 } };
    await expect(settlement.settle(former, ENDED)).rejects.toBeInstanceOf(LeaseLost);
    expect((await find(turn))?.settlement).toBeUndefined();
    expect(await positions(turn)).toEqual([]);
    expect(await balance()).toEqual({ available: 7, held: 3 });
  });

  it('goes on step by step when the session has changed since it was looked at', async () => {
    const first = await open();
    await settlement.settle(first, ENDED);
    const second = await open({ sessionId: first.sessionId });
    expect(await settlement.settle(second, ENDED)).toBe(3);
    expect(await positions(second)).toEqual([0, 1, 2, 3]);
    const place = await history.placeOf({ ...second, id: newId() });
    const third = await open({ sessionId: first.sessionId }, place);
    expect(await settlement.settle(third, ENDED)).toBe(3);
    expect(await positions(third)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await history.findSession(userId, first.sessionId)).toMatchObject({ messageCount: 6 });
    expect(await balance()).toEqual({ available: 1, held: 0 });
  });

  it('does not end a turn as charged whose hold is gone', async () => {
    const turn = await open();
    await own.ledger.release({ ...chargeOf(turn), outcome: 'failed' });
    expect(await settlement.settle(turn, ENDED)).toBe(0);
    expect(await find(turn)).toMatchObject({ status: 'completed', charged: 0 });
    expect(await balance()).toEqual({ available: 10, held: 0 });
    expect(await positions(turn)).toEqual([0, 1]);
  });

  it('knows its own settlement again whose answer was lost', async () => {
    const turn = await open();
    expect(await settlement.settle(turn, ENDED)).toBe(3);
    expect(await settlement.settle(turn, ENDED)).toBe(3);
    const later = { ...ENDED, endedAt: new Date(NOW + 3000) };
    await expect(settlement.settle(turn, later)).rejects.toBeInstanceOf(LeaseLost);
    expect(await positions(turn)).toEqual([0, 1]);
    expect(await balance()).toEqual({ available: 7, held: 0 });
  });

  it('finishes what was cut short behind any of its writes', async () => {
    const plan = (turn: TurnRecord) => [
      ...history.planTurn(turn, ENDED, FIRST_PLACE),
      own.ledger.planSettlement('capture', { ...chargeOf(turn), outcome: 'completed' }).write,
    ];
    for (let made = 0; made <= 4; made += 1) {
      const turn = await open({ price: 1 });
      const cut = plan(turn).slice(0, made);
      // A write that is refused ends the command where a crash of the server would have.
      const never = { ...chargeOf(turn), turnId: newId(), outcome: 'completed' as const };
      const refused = own.ledger.planSettlement('capture', never).write;
      expect(await turns.settle(turn, ENDED, [...cut, refused], endingOf(1))).toBe(false);
      expect((await find(turn))?.settlement).toEqual(ENDED);
      expect(await settlement.settle(turn, ENDED)).toBe(1);
      expect(await find(turn)).toMatchObject({ status: 'completed', charged: 1 });
      expect(await positions(turn)).toEqual([0, 1]);
    }
    expect(await balance()).toEqual({ available: 5, held: 0 });
  });

  function chargeOf({ id, price }: TurnRecord) {
    return { userId, accountId, turnId: id, chatflowId: 'assistant', amount: price };
  }
});
