import type { Model } from 'mongoose';
import { orderOf, type SearchEntry } from '../../src/chat/search/search-index.store.port.js';
import { newId } from '../../src/platform/ids.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MESSAGE_MODEL, type MessageDocument } from '../../src/persistence/chat/history.schema.js';
import { MongooseSearchIndexStore } from '../../src/persistence/chat/mongoose-search-index.store.js';
import {
  SEARCH_ENTRY_MODEL,
  SEARCH_STATE_MODEL,
  type SearchEntryDocument,
} from '../../src/persistence/chat/search.schema.js';
import { TURN_MODEL } from '../../src/persistence/chat/turn.schema.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);
const idAt = (ms: number): string => newId(1_790_000_000_000 + ms);

describe('SearchIndexStore on mongoose', () => {
  let database: TestDatabase;
  let store: MongooseSearchIndexStore;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = new MongooseSearchIndexStore(
      database.model(SEARCH_ENTRY_MODEL),
      database.model(SEARCH_STATE_MODEL),
      database.model(MESSAGE_MODEL),
      database.model(TURN_MODEL),
    );
  });
  afterAll(() => database.close());

  const entriesModel = () => database.model(SEARCH_ENTRY_MODEL) as Model<SearchEntryDocument>;
  const entryOf = (
    userId: string,
    ms: number,
    changes: Partial<SearchEntry> = {},
    id = changes.id ?? idAt(ms),
  ): SearchEntry => ({
    id,
    tenantId: 'default',
    userId,
    sessionId: 'session',
    kind: 'turn',
    messageIds: [],
    terms: ['all'],
    order: orderOf(at(ms), id),
    ...changes,
  });
  const messageOf = (
    id: string,
    userId: string,
    changes: Partial<MessageDocument> = {},
  ): MessageDocument => ({
    _id: id,
    tenantId: 'default',
    userId,
    sessionId: id,
    turnId: `turn of ${id}`,
    chatflowId: 'assistant',
    role: 'assistant',
    content: 'said',
    status: 'completed',
    position: 1,
    parentId: `question of ${id}`,
    createdAt: at(0),
    ...changes,
  });

  it('finds one user’s entries newest first, page by page, by an index and without looking at others', async () => {
    const entries = ['ada', 'bob'].flatMap((userId) =>
      Array.from({ length: 600 }, (_, n) =>
        // Some at the same moment.
        entryOf(userId, Math.floor(n / 3), { terms: ['all', `tenth${n % 10}`, `w${n}`] }),
      ),
    );
    await store.add(entries);
    const expected = entries
      .filter(({ userId, terms }) => userId === 'ada' && terms.includes('tenth3'))
      .sort((a, b) => b.order - a.order)
      .map(({ id }) => id);
    const found: string[] = [];
    for (let page = await store.find('ada', 'tenth3', 7); page.length > 0;) {
      found.push(...page.map(({ id }) => id));
      page = await store.find('ada', 'tenth3', 7, page.at(-1));
    }
    expect(found).toEqual(expected);
    const middle = expected[30] ?? '';
    const { order = 0 } = entries.find(({ id }) => id === middle) ?? {};
    const behind = { order: { $lt: order } };
    for (const filter of [{}, behind]) {
      const explained = (await entriesModel()
        .find({ userId: 'ada', terms: 'tenth3', ...filter })
        .sort({ order: -1 })
        .limit(7)
        .explain('executionStats')) as unknown as {
        readonly queryPlanner: { readonly winningPlan: object };
        readonly executionStats: { readonly totalDocsExamined: number; readonly nReturned: number };
      };
      expect(JSON.stringify(explained.queryPlanner.winningPlan)).toContain('"indexName":"by_term"');
      expect(JSON.stringify(explained.queryPlanner.winningPlan)).not.toContain('"SORT"');
      const { totalDocsExamined, nReturned } = explained.executionStats;
      expect(nReturned).toBe(7);
      expect(totalDocsExamined).toBeLessThanOrEqual(3 * nReturned);
    }
  });

  it('counts up to a bound, and narrows', async () => {
    expect(await store.count('ada', 'all', 50)).toBe(50);
    expect(await store.count('ada', 'w12', 50)).toBe(1);
    expect(await store.count('eve', 'all', 50)).toBe(0);
    const some = await store.find('ada', 'tenth2', 20);
    const only = await store.find('ada', 'w12', 1);
    expect([...(await store.having('ada', [...some, ...only], 'w12'))]).toEqual([only[0]?.id]);
    expect([...(await store.having('bob', [...some, ...only], 'w12'))]).toEqual([]);
  });

  it('reads no entry to narrow but those that have the other term', async () => {
    const some = await store.find('ada', 'all', 100);
    const wanted = { userId: 'ada', terms: 'tenth3', order: { $in: some.map(({ order }) => order) } };
    const explained = (await entriesModel().find(wanted).explain('executionStats')) as unknown as {
      readonly queryPlanner: { readonly winningPlan: object };
      readonly executionStats: { readonly totalDocsExamined: number; readonly nReturned: number };
    };
    expect(JSON.stringify(explained.queryPlanner.winningPlan)).toContain('"indexName":"by_term"');
    const { totalDocsExamined, nReturned } = explained.executionStats;
    expect(nReturned).toBe((await store.having('ada', some, 'tenth3')).size);
    expect(nReturned).toBeGreaterThan(0);
    expect(totalDocsExamined).toBe(nReturned);
  });

  it('keeps the first entry of a turn, and the last of a title', async () => {
    const first = entryOf('cy', 1, { terms: ['first'] });
    await store.add([first]);
    await store.add([{ ...first, terms: ['second'] }, entryOf('cy', 2, { terms: ['another'] })]);
    expect(await store.count('cy', 'second', 9)).toBe(0);
    expect(await store.count('cy', 'another', 9)).toBe(1);
    for (const term of ['old', 'new'])
      await store.putTitle(entryOf('cy', term === 'old' ? 3 : 4, { kind: 'title', terms: [term] }));
    expect(await store.count('cy', 'old', 9)).toBe(0);
    expect((await store.find('cy', 'new', 9)).map(({ kind }) => kind)).toEqual(['title']);
  });

  it('removes a session, but not what came behind its deletion', async () => {
    const entries = [entryOf('dan', 1), entryOf('dan', 2, { kind: 'title' }), entryOf('dan', 100)];
    const other = entryOf('dan', 1, { sessionId: 'another' });
    await store.add([...entries, other]);
    await store.removeSession({ userId: 'dan', sessionId: 'session' }, idAt(50));
    const left = await store.find('dan', 'all', 9);
    expect(left.map(({ id }) => id)).toEqual([entries[2]?.id, other.id]);
    await store.remove([other]);
    expect(await store.find('dan', 'all', 9)).toHaveLength(1);
  });

  it('goes through the answers of all users by their ids', async () => {
    const ids = [1, 2, 3, 4, 5].map(idAt);
    const messages = database.model(MESSAGE_MODEL) as Model<MessageDocument>;
    await messages.create(ids.map((id, n) => messageOf(id, `user-${n % 2}`, { position: n === 0 ? 1 : 3 })));
    await messages.create(
      messageOf(idAt(3), 'user-0', { role: 'user', position: 0, parentId: null, sessionId: 'x' }),
    );
    const answers = await store.answersAfter(ids[0] ?? '', 3);
    expect(answers.map(({ answerId }) => answerId)).toEqual(ids.slice(1, 4));
    expect(answers[0]).toEqual({
      answerId: ids[1],
      isFirst: false,
      turn: {
        id: `turn of ${ids[1]}`,
        userId: 'user-1',
        sessionId: ids[1],
        messageIds: [`question of ${ids[1]}`, ids[1]],
      },
    });
    const turns = answers.map(({ turn }) => turn);
    expect(await store.storedMessages(turns)).toEqual(new Set(ids.slice(1, 4)));
    expect((await store.messagesOf(turns)).map(({ userId }) => userId).sort()).toEqual([
      'user-0',
      'user-1',
      'user-1',
    ]);
    await store.add([entryOf('user-1', 9, { id: `turn of ${ids[1]}` })]);
    expect(await store.indexed(turns)).toEqual(new Set([`turn of ${ids[1]}`]));
  });

  it('removes all of a user', async () => {
    const entries = Array.from({ length: 60 }, (_, index) => entryOf('leaver', index, { terms: ['word'] }));
    await store.add([...entries, entryOf('stayer', 1, { terms: ['word'] })]);
    await store.removeAllOf('leaver');
    expect(await store.count('leaver', 'word', 100)).toBe(0);
    expect(await store.count('stayer', 'word', 100)).toBe(1);
  });

  it('gives the catching up to one instance at a time', async () => {
    expect(await store.takeCatchUp('one', at(0), at(100))).toEqual({});
    expect(await store.takeCatchUp('two', at(50), at(150))).toBeUndefined();
    expect(await store.advanceCatchUp('one', 'id', at(120))).toBe(true);
    expect(await store.takeCatchUp('two', at(121), at(200))).toEqual({ upTo: 'id' });
    expect(await store.advanceCatchUp('one', 'later', at(300))).toBe(false);
    expect(await store.advanceCatchUp('two', undefined, at(130))).toBe(true);
    expect(await store.takeCatchUp('one', at(131), at(200))).toEqual({ upTo: 'id' });
  });
});
