import type { HistoryStore } from '../../../src/chat/records/history.store.port.js';
import type { StoredAnswer } from '../../../src/chat/records/stored-answer.js';
import type { Settlement, TurnRecord } from '../../../src/chat/records/turn.js';
import { MESSAGE_MODEL, SESSION_MODEL } from '../../../src/persistence/chat/history.schema.js';
import { MongooseHistoryStore } from '../../../src/persistence/chat/mongoose-history.store.js';
import { TURN_MODEL } from '../../../src/persistence/chat/turn.schema.js';
import type { TestDatabase } from './test-database.js';

const ANSWER: StoredAnswer = { text: 'hello', events: [{ type: 'text', length: 5 }] };
export const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);
let count = 0;

export function historyStoreOn(database: TestDatabase): HistoryStore {
  return new MongooseHistoryStore(
    database.model(SESSION_MODEL),
    database.model(MESSAGE_MODEL),
    database.model(TURN_MODEL),
  );
}

/** A running turn of Ada's, each with ids of its own. */
export function turnOf(sessionId: string, changes: Partial<TurnRecord> = {}): TurnRecord {
  count += 1;
  return {
    id: `turn-${count}`,
    tenantId: 'default',
    userId: 'ada',
    accountId: 'account',
    sessionId,
    chatflowId: 'assistant',
    provider: 'assistant',
    question: `question ${count}`,
    price: 1,
    chatflowVersion: 1,
    chargeOnStop: true,
    onDisconnect: 'continue',
    requestHash: 'hash',
    userMessageId: `user-message-${count}`,
    messageId: `message-${count}`,
    startedAt: at(count * 10),
    status: 'running',
    ...changes,
  };
}

export function settled(
  endedAt: Date,
  outcome: Settlement['outcome'] = 'completed',
  answer: StoredAnswer = ANSWER,
): Settlement {
  return {
    outcome,
    charge: 'capture',
    stores: outcome !== 'failed',
    answer,
    measures: { textEvents: 1, characters: 5, repairedEvents: 0 },
    position: 6,
    endedAt,
  };
}
