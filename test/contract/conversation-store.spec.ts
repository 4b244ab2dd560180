import type { Conversation, ConversationStore } from '../../src/chat/records/conversation.store.port.js';
import { CONVERSATION_MODEL } from '../../src/persistence/chat/conversation.schema.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MongooseConversationStore } from '../../src/persistence/chat/mongoose-conversation.store.js';
import { hasBulkWrite } from '../support/database-under-test.js';
import { ORDERED_WRITERS, openTestDatabase, type TestDatabase } from './support/test-database.js';

const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);

describe('ConversationStore on mongoose', () => {
  let database: TestDatabase;
  let store: ConversationStore;
  let count = 0;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseConversationStore(database.model(CONVERSATION_MODEL));
  });
  afterAll(() => database.close());

  function conversationOf(changes: Partial<Conversation> = {}): Conversation {
    count += 1;
    return {
      id: `memory-${count}`,
      userId: 'ada',
      sessionId: `session-${count}`,
      chatflowId: 'flow',
      provider: 'flowise',
      target: { flowId: 'flow' },
      rememberedFrom: 0,
      createdAt: at(0),
      ...changes,
    };
  }
  async function insert(changes: Partial<Conversation> = {}): Promise<Conversation> {
    const conversation = conversationOf(changes);
    await store.insert(conversation);
    return conversation;
  }
  const current = ({ userId, sessionId, chatflowId }: Conversation) =>
    store.findCurrent(userId, sessionId, chatflowId);

  it('finds the memory of one user’s session and chatflow, with the name its upstream gave it', async () => {
    const conversation = await insert();
    expect(await current(conversation)).toEqual(conversation);
    expect(await current({ ...conversation, userId: 'bob' })).toBeUndefined();
    expect(await current({ ...conversation, chatflowId: 'other' })).toBeUndefined();
    await store.name({ ...conversation, userId: 'bob' }, 'stolen');
    await store.name(conversation, '123');
    expect(await current(conversation)).toEqual({ ...conversation, upstreamId: '123' });
  });

  it('goes on with none but the excepted once the session’s are spent', async () => {
    const kept = await insert();
    const spent = await insert({ sessionId: kept.sessionId, chatflowId: 'other' });
    const elsewhere = await insert();
    await store.spend(kept, at(1), kept.id);
    expect(await current(kept)).toBeDefined();
    expect(await current(spent)).toBeUndefined();
    expect(await current(elsewhere)).toBeDefined();
    await store.spend(kept, at(1));
    expect(await current(kept)).toBeUndefined();
  });

  it.each(ORDERED_WRITERS)('plans an insert and a spending for others to make, over %s', async (kind) => {
    const writer = database.writer(kind);
    const conversation = conversationOf();
    const inserted = await writer.write([store.planInsert(conversation)]);
    if (!hasBulkWrite) {
      expect(inserted).toEqual({ kind: 'unsupported' });
      expect(await current(conversation)).toBeUndefined();
      return;
    }
    expect(await current(conversation)).toEqual(conversation);
    await writer.write([store.planSpend(conversation, at(1))]);
    expect(await current(conversation)).toBeUndefined();
  });

  it('has all memories of a deleted session forgotten, each taken by one, until they are removed', async () => {
    const spent = await insert();
    await store.spend(spent, at(5));
    const last = await insert({ sessionId: spent.sessionId });
    const later = await insert({ sessionId: spent.sessionId, createdAt: at(1000) });
    const ids = (await store.forgetSession(spent, at(10), at(20))).map(({ id }) => id);
    expect(ids.sort()).toEqual([spent.id, last.id].sort());
    expect(await current(last)).toEqual(later);
    expect(await store.takeForgotten(at(19), at(99), 10)).toEqual([]);
    const taken = await store.takeForgotten(at(20), at(99), 10);
    expect(taken.map(({ id, attempts, spentAt }) => ({ id, attempts, spentAt }))).toEqual([
      { id: spent.id, attempts: 0, spentAt: at(5) },
      { id: last.id, attempts: 0, spentAt: undefined },
    ]);
    expect(await store.takeForgotten(at(20), at(99), 10)).toEqual([]);
    await store.remove(last);
    await store.postpone(spent, at(30));
    expect(await store.takeForgotten(at(30), at(99), 10)).toMatchObject([{ id: spent.id, attempts: 1 }]);
  });

  it('forgets one that was never used', async () => {
    const conversation = await insert();
    await store.discard({ ...conversation, userId: 'bob' });
    expect(await current(conversation)).toBeDefined();
    await store.discard(conversation);
    expect(await current(conversation)).toBeUndefined();
  });
});
