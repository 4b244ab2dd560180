import type { Model } from 'mongoose';
import { orderOf, type SearchEntry } from '../../src/chat/search/search-index.store.port.js';
import { newId } from '../../src/platform/ids.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import { MESSAGE_MODEL, type MessageDocument } from '../../src/persistence/chat/history.schema.js';
import type { MongooseSearchIndexStore } from '../../src/persistence/chat/mongoose-search-index.store.js';
import { SEARCH_ENTRY_MODEL, type SearchEntryDocument } from '../../src/persistence/chat/search.schema.js';
import { searchIndexStoreOn } from './support/search-index-store.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const at = (ms: number): Date => new Date(1_790_000_000_000 + ms);
const idAt = (ms: number): string => newId(1_790_000_000_000 + ms);

describe('SearchIndexStore on mongoose', () => {
  let database: TestDatabase;
  let store: MongooseSearchIndexStore;

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = searchIndexStoreOn(database);
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
  /** What the store's own look-up of places looks at. */
  const explained = async (filter: object, sort?: Readonly<Record<string, -1>>) => {
    const query = entriesModel().find({ userId: 'ada', ...filter }, { _id: 0, order: 1 });
    const { queryPlanner, executionStats } = (await (
      sort === undefined ? query : query.sort(sort).limit(7)
    ).explain('executionStats')) as unknown as {
      readonly queryPlanner: { readonly winningPlan: object };
      readonly executionStats: { readonly totalKeysExamined: number };
    };
    return { plan: JSON.stringify(queryPlanner.winningPlan), stats: executionStats };
  };
  const found = (userId: string, term: string, limit = 100) =>
    store.placesOf(userId, term, limit).then((places) => store.entriesAt(userId, places, term));
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
    const all: string[] = [];
    for (let page = await store.placesOf('ada', 'tenth3', 7); page.length > 0;) {
      all.push(...(await store.entriesAt('ada', page, 'tenth3')).map(({ id }) => id));
      page = await store.placesOf('ada', 'tenth3', 7, page.at(-1));
    }
    expect(all).toEqual(expected);
    const middle = expected[30] ?? '';
    const { order = 0 } = entries.find(({ id }) => id === middle) ?? {};
    const behind = { order: { $lt: order } };
    for (const filter of [{}, behind]) {
      const { plan, stats } = await explained({ terms: 'tenth3', ...filter }, { order: -1 });
      expect(plan).toContain('"indexName":"by_term"');
      expect(plan).not.toContain('"SORT"');
      expect(stats).toMatchObject({ nReturned: 7, totalDocsExamined: 0 });
      // The place itself behind which it begins, too.
      expect(stats.totalKeysExamined).toBeLessThanOrEqual(8);
    }
  });

  it('narrows, and reads no entry for it', async () => {
    const some = await store.placesOf('ada', 'all', 100);
    const [only = 0] = await store.placesOf('ada', 'w12', 1);
    expect([...(await store.having('ada', [...some, only], 'w12'))]).toEqual([only]);
    expect([...(await store.having('bob', [...some, only], 'w12'))]).toEqual([]);
    const having = await store.having('ada', some, 'tenth3');
    expect(having.size).toBeGreaterThan(0);
    const { plan, stats } = await explained({ terms: 'tenth3', order: { $in: some } });
    expect(plan).toContain('"indexName":"by_term"');
    expect(stats).toMatchObject({
      nReturned: having.size,
      totalKeysExamined: having.size,
      totalDocsExamined: 0,
    });
  });

  it('keeps the first entry of a turn, and the last of a title', async () => {
    const first = entryOf('cy', 1, { terms: ['first'] });
    await store.add([first]);
    await store.add([{ ...first, terms: ['second'] }, entryOf('cy', 2, { terms: ['another'] })]);
    expect(await found('cy', 'second')).toHaveLength(0);
    expect(await found('cy', 'another')).toHaveLength(1);
    for (const term of ['old', 'new'])
      await store.putTitle(entryOf('cy', term === 'old' ? 3 : 4, { kind: 'title', terms: [term] }));
    expect(await found('cy', 'old')).toHaveLength(0);
    expect((await found('cy', 'new')).map(({ kind }) => kind)).toEqual(['title']);
  });

  it('removes a session, but not what came behind its deletion', async () => {
    const entries = [entryOf('dan', 1), entryOf('dan', 2, { kind: 'title' }), entryOf('dan', 100)];
    const other = entryOf('dan', 1, { sessionId: 'another' });
    await store.add([...entries, other]);
    await store.removeSession({ userId: 'dan', sessionId: 'session' }, idAt(50));
    const left = await found('dan', 'all');
    expect(left.map(({ id }) => id)).toEqual([entries[2]?.id, other.id]);
    await store.remove([other]);
    expect(await found('dan', 'all')).toHaveLength(1);
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
    expect(await found('leaver', 'word')).toHaveLength(0);
    expect(await found('stayer', 'word')).toHaveLength(1);
  });

  it('gives the catching up to one instance at a time', async () => {
    expect(await store.takeCatchUp('one', at(0), at(100))).toEqual({});
    expect(await store.takeCatchUp('two', at(50), at(150))).toBeUndefined();
    expect(await store.advanceCatchUp('one', 'id', at(120))).toBe(true);
    expect(await store.takeCatchUp('two', at(121), at(200))).toEqual({ upTo: 'id' });
    expect(await store.advanceCatchUp('one', 'later', at(300))).toBe(false);
    expect(await store.advanceCatchUp('two', undefined, at(130))).toBe(true);
    expect(await store.takeCatchUp('one', at(131), at(200))).toEqual({ upTo: 'id' });
    expect(await store.beginAnew('two', 7, 'until')).toBe(false);
    expect(await store.beginAnew('one', 7, 'until')).toBe(true);
    expect(await store.takeCatchUp('two', at(201), at(300))).toEqual({ terms: 7, remadeBefore: 'until' });
  });
});
