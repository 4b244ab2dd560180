import type { ModelDefinition } from '@nestjs/mongoose';
import type { SessionPlace } from '../../../src/chat/records/session-place.js';
import { FIRST_PLACE } from '../../../src/chat/records/session-place.js';
import type { Lease, Settlement, TurnOpening, TurnRecord } from '../../../src/chat/records/turn.js';
import type { OpenResult } from '../../../src/chat/records/turn.store.port.js';
import { SearchQueue } from '../../../src/chat/search/search-queue.service.js';
import { StoredBytes } from '../../../src/chat/turn/settle/stored-bytes.service.js';
import { SettlementService } from '../../../src/chat/turn/settle/settlement.service.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { ACCOUNTING_MODELS } from '../../../src/persistence/accounting/index.js';
import { CREDIT_ACCOUNT_MODEL } from '../../../src/persistence/accounting/credit-account.schema.js';
import { CREDIT_TRANSACTION_MODEL } from '../../../src/persistence/accounting/credit-transaction.schema.js';
import { MongooseCreditAccountStore } from '../../../src/persistence/accounting/mongoose-credit-account.store.js';
import { MongooseCreditTransactionStore } from '../../../src/persistence/accounting/mongoose-credit-transaction.store.js';
import { CHAT_MODELS } from '../../../src/persistence/chat/index.js';
import { CONVERSATION_MODEL } from '../../../src/persistence/chat/conversation.schema.js';
import { MESSAGE_MODEL, SESSION_MODEL } from '../../../src/persistence/chat/history.schema.js';
import { MongooseConversationStore } from '../../../src/persistence/chat/mongoose-conversation.store.js';
import { MongooseHistoryStore } from '../../../src/persistence/chat/mongoose-history.store.js';
import { MongooseTurnStore } from '../../../src/persistence/chat/mongoose-turn.store.js';
import { CHECKPOINT_MODEL, TURN_MODEL } from '../../../src/persistence/chat/turn.schema.js';
import type { OrderedWriter } from '../../../src/persistence/ordered-writes/ordered-writer.port.js';
import { newId } from '../../../src/platform/ids.js';
import { FaultPoints } from '../../../src/platform/lifecycle/fault-points.service.js';
import { openOwnAccounting, type OwnAccounting } from '../../support/accounting/accounting-parts.js';

export const SETTLING_MODELS: readonly ModelDefinition[] = [...CHAT_MODELS, ...ACCOUNTING_MODELS];
export const NOW = Date.now();
export const LEASE: Lease = { owner: 'me', fence: 1, expiresAt: new Date(NOW + 60_000) };
/** What each account begins with. */
export const CREDITS = 10;

export const ENDED: Settlement = {
  outcome: 'completed',
  charge: 'capture',
  stores: true,
  answer: { text: 'hello', events: [{ type: 'text', length: 5 }] },
  measures: { textEvents: 1, characters: 5, repairedEvents: 0 },
  position: 6,
  endedAt: new Date(NOW + 2000),
};

/** All that opens and settles turns, on a database with `SETTLING_MODELS`. */
export class Settling {
  readonly turns: MongooseTurnStore;
  readonly history: MongooseHistoryStore;
  readonly settlement: SettlementService;
  /** Whose turns are opened next. */
  userId = newId();
  accountId = newId();

  private constructor(
    models: (name: string) => never,
    writer: OrderedWriter,
    readonly own: OwnAccounting,
  ) {
    this.turns = new MongooseTurnStore(models(TURN_MODEL), models(CHECKPOINT_MODEL), writer);
    this.history = new MongooseHistoryStore(models(SESSION_MODEL), models(MESSAGE_MODEL), models(TURN_MODEL));
    this.settlement = new SettlementService(
      this.turns,
      this.history,
      new MongooseConversationStore(models(CONVERSATION_MODEL)),
      own.ledger,
      new StoredBytes(this.history, { now: () => NOW }),
      new SearchQueue(),
      new FaultPoints(undefined),
      loadConfig({ NODE_ENV: 'test' }),
    );
  }

  static async on(models: (name: string) => never, writer: OrderedWriter): Promise<Settling> {
    const stores = {
      accounts: new MongooseCreditAccountStore(models(CREDIT_ACCOUNT_MODEL)),
      transactions: new MongooseCreditTransactionStore(models(CREDIT_TRANSACTION_MODEL)),
    };
    return new Settling(models, writer, await openOwnAccounting(stores, { now: () => NOW }, CREDITS));
  }

  /** A user with an account. */
  async newUser(): Promise<void> {
    this.userId = newId();
    this.accountId = newId();
    await this.own.opening.require(this.accountId);
  }

  openingOf(changes: Partial<TurnOpening> = {}): TurnOpening {
    return {
      id: newId(),
      tenantId: 'default',
      userId: this.userId,
      accountId: this.accountId,
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
    };
  }

  /** The opening alone, with the hold along with it where the database can. */
  insert(opening: TurnOpening): Promise<OpenResult> {
    const hold = this.own.ledger.planHold(this.holdOf(opening));
    return this.turns.open(opening, LEASE, { hold: hold.write });
  }

  /** Opens a turn and holds its price, along with it or behind. */
  async open(
    changes: Partial<TurnOpening> = {},
    sessionPlace: SessionPlace = FIRST_PLACE,
  ): Promise<TurnRecord> {
    const opening = this.openingOf(changes);
    const opened = await this.insert(opening);
    if (opened.kind !== 'opened') throw new Error(`The turn is ${opened.kind}`);
    if (!opened.held) await this.own.ledger.hold(this.holdOf(opening));
    return { ...opening, status: 'running', lease: LEASE, sessionPlace };
  }

  find({ id }: Pick<TurnOpening, 'id'>) {
    return this.turns.find(this.userId, id);
  }

  balance() {
    return this.own.ledger.balance({ userId: this.userId, accountId: this.accountId });
  }

  async positions({ sessionId }: TurnRecord): Promise<number[]> {
    const messages = await this.history.listMessages(this.userId, sessionId, 100);
    return messages.map(({ position }) => position);
  }

  chargeOf({ id, price }: Pick<TurnOpening, 'id' | 'price'>) {
    const { userId, accountId } = this;
    return { userId, accountId, turnId: id, chatflowId: 'assistant', amount: price };
  }

  private holdOf(opening: TurnOpening) {
    return { ...this.chargeOf(opening), expiresAt: new Date(NOW + 60_000) };
  }
}
