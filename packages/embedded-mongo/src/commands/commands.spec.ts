import { EJSON, Int32, Long, type Document } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';
import { Executor } from '../server/executor.js';

const plain = (value: unknown): unknown =>
  EJSON.deserialize(EJSON.serialize(value, { relaxed: true }), { relaxed: true });

const bulk = (operation: Document): Document => ({
  bulkWrite: 1,
  ops: [operation],
  nsInfo: [{ ns: 'test.c' }],
  errorsOnly: true,
  $db: 'admin',
});

describe('commands', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    engine.close();
  });

  const people = [
    { _id: 1, name: 'Ada', age: 36, tags: ['x', 'y'], address: { city: 'London', zip: 1 } },
    { _id: 2, name: 'Bob', age: 20, tags: ['y', 'z', 'w'], address: { city: 'Paris', zip: 2 } },
    { _id: 3, name: 'Cy', age: 50, tags: [] },
  ];

  describe('find', () => {
    it.each<[string, Document, unknown[]]>([
      ['in the order of insertion', {}, [1, 2, 3]],
      ['sorted downwards', { sort: { age: -1 } }, [3, 1, 2]],
      ['up to a limit', { sort: { age: 1 }, limit: 2 }, [2, 1]],
      ['ascending by the least element of an array, an empty one first', { sort: { tags: 1 } }, [3, 2, 1]],
      ['descending by the greatest element', { sort: { tags: -1 } }, [2, 1, 3]],
      ['missing values before all others', { sort: { 'address.zip': 1 } }, [3, 1, 2]],
    ])('gives documents %s', (_, options, ids) => {
      engine.fill('people', people);
      expect(engine.find('people', {}, options).map(({ _id }) => Number(_id))).toEqual(ids);
    });

    it.each<[string, Document, unknown]>([
      [
        'named fields and the id',
        { name: 1, 'address.city': 1 },
        { _id: 1, name: 'Ada', address: { city: 'London' } },
      ],
      ['no id', { _id: 0, age: true }, { age: 36 }],
      [
        'all but some',
        { tags: 0, 'address.zip': 0 },
        { _id: 1, name: 'Ada', age: 36, address: { city: 'London' } },
      ],
      ['only the id', { _id: 1 }, { _id: 1 }],
    ])('projects %s', (_, projection, expected) => {
      engine.fill('people', people);
      expect(plain(engine.find('people', { _id: 1 }, { projection })[0])).toEqual(expected);
    });

    it('refuses parallel arrays in a sort, and inclusion beside exclusion', () => {
      engine.fill('people', [{ a: [1], b: [2] }]);
      expect(() => engine.find('people', {}, { sort: { a: 1, b: 1 } })).toThrow(/parallel arrays/);
      expect(() => engine.find('people', {}, { projection: { a: 1, 'a.b': 1 } })).toThrow(/collision/);
      expect(() => engine.find('people', {}, { projection: { 'a.b': 1, a: 1 } })).toThrow(/collision/);
      expect(() => engine.find('people', {}, { projection: { a: 1, b: 0 } })).toThrow(
        /include and exclude fields together: 'b'/,
      );
    });
  });

  it('explains what a find looks at', () => {
    engine.fill(
      'people',
      Array.from({ length: 100 }, (_, _id) => ({ _id, age: _id })),
    );
    engine.ok({ createIndexes: 'people', indexes: [{ key: { age: 1 }, name: 'by_age' }] });
    const stats = (find: Document): unknown =>
      plain(engine.ok({ explain: { find: 'people', ...find } }).executionStats);
    expect(stats({ filter: { age: { $gte: 10, $lte: 19 } } })).toMatchObject({
      nReturned: 10,
      totalKeysExamined: 10,
      totalDocsExamined: 10,
    });
    expect(stats({ sort: { age: -1 }, limit: 5 })).toMatchObject({ nReturned: 5, totalDocsExamined: 5 });
    expect(stats({ filter: { name: 'x' } })).toMatchObject({ nReturned: 0, totalDocsExamined: 100 });
    expect(engine.ok({ explain: { find: 'people' }, verbosity: 'queryPlanner' })).not.toHaveProperty(
      'executionStats',
    );
  });

  it('explains which index a find uses', () => {
    engine.fill('people', people);
    engine.ok({ createIndexes: 'people', indexes: [{ key: { age: 1 }, name: 'by_age' }] });
    const plan = (filter: Document, sort: Document = {}): unknown =>
      plain((engine.ok({ explain: { find: 'people', filter, sort } }).queryPlanner as Document).winningPlan);
    expect(plan({ age: { $gt: 30 } })).toMatchObject({
      stage: 'FETCH',
      inputStage: { stage: 'IXSCAN', indexName: 'by_age' },
    });
    expect(plan({}, { age: -1 })).toMatchObject({ stage: 'FETCH', inputStage: { direction: 'backward' } });
    expect(plan({ name: 'Ada' })).toEqual({ stage: 'COLLSCAN' });
    expect(plan({ _id: 1 }, { name: 1 })).toMatchObject({
      stage: 'SORT',
      inputStage: { inputStage: { indexName: '_id_' } },
    });
  });

  const fillEntries = (at: (id: number) => number): void =>
    engine.fill(
      'entries',
      Array.from({ length: 100 }, (_, _id) => ({
        _id,
        user: 'ada',
        words: ['all', `n${_id % 2}`],
        at: at(_id),
      })),
    );

  it('reads no document of which the index tells all that is asked for', () => {
    const at = (_id: number): number => 2 ** 40 + _id;
    fillEntries(at);
    const key = { user: 1, words: 1, at: -1 };
    engine.ok({ createIndexes: 'entries', indexes: [{ key, name: 'words' }] });
    const options = { projection: { _id: 0, at: 1 }, sort: { at: -1 }, limit: 3 };
    const looked = (filter: Document, more: Document): unknown =>
      plain(engine.ok({ explain: { find: 'entries', filter, ...more } }).executionStats);
    const newest = { user: 'ada', words: 'n1', at: { $lt: at(90) } };
    expect(plain(engine.find('entries', newest, options))).toEqual([
      { at: at(89) },
      { at: at(87) },
      { at: at(85) },
    ]);
    expect(looked(newest, options)).toMatchObject({ nReturned: 3, totalDocsExamined: 0 });
    const explained = engine.ok({ explain: { find: 'entries', filter: newest, ...options } });
    expect(plain((explained.queryPlanner as Document).winningPlan)).toMatchObject({
      stage: 'PROJECTION_COVERED',
      inputStage: { indexName: 'words' },
    });
    const some = { user: 'ada', words: 'n1', at: { $in: [at(1), at(2), at(3)] } };
    const { projection } = options;
    expect(looked(some, { projection })).toMatchObject({
      nReturned: 2,
      totalKeysExamined: 2,
      totalDocsExamined: 0,
    });
    // What the index does not tell: an array, and a field that it has not.
    for (const other of [{ _id: 0, words: 1 }, { at: 1 }, { _id: 0, user: 0 }])
      expect(looked(newest, { ...options, projection: other })).toMatchObject({ totalDocsExamined: 3 });
    expect(looked({ ...newest, more: 1 }, options)).toMatchObject({ nReturned: 0, totalDocsExamined: 45 });
    // Nor which kind of number a small one is.
    engine.ok({ insert: 'entries', documents: [{ _id: 100, user: 'bob', words: ['all'], at: 7 }] });
    const small = { user: 'bob', words: 'all' };
    expect(engine.find('entries', small, { projection })).toEqual([{ at: new Int32(7) }]);
    expect(looked(small, { projection })).toMatchObject({ nReturned: 1, totalDocsExamined: 1 });
    // Nor, once there was one, whether a number is a long.
    const long = { _id: 101, user: 'cy', words: ['all'], at: Long.fromNumber(at(0)) };
    engine.ok({ insert: 'entries', documents: [long] });
    expect(engine.find('entries', { user: 'cy', words: 'all' }, { projection })).toEqual([{ at: long.at }]);
    expect(looked(newest, options)).toMatchObject({ nReturned: 3, totalDocsExamined: 3 });
  });

  it('takes the order from an index whose fixed field holds arrays, and from no other', () => {
    fillEntries((id) => 99 - id);
    const key = { user: 1, words: 1, at: -1, _id: -1 };
    engine.ok({ createIndexes: 'entries', indexes: [{ key, name: 'words' }] });
    const find = {
      filter: { user: 'ada', words: 'n1', at: { $lte: 50 } },
      sort: { at: -1, _id: -1 },
      limit: 3,
    };
    const explained = engine.ok({ explain: { find: 'entries', ...find } });
    expect(plain(explained.executionStats)).toMatchObject({ nReturned: 3, totalDocsExamined: 3 });
    expect(plain((explained.queryPlanner as Document).winningPlan)).toMatchObject({
      stage: 'FETCH',
      inputStage: { indexName: 'words', isMultiKey: true, direction: 'forward' },
    });
    const order = (sort: Document): unknown =>
      plain(
        (engine.ok({ explain: { find: 'entries', filter: { user: 'ada' }, sort } }).queryPlanner as Document)
          .winningPlan,
      );
    expect(order({ words: 1 })).toMatchObject({ stage: 'SORT' });
    expect(order({ user: 1, words: 1 })).toMatchObject({ stage: 'SORT' });
  });

  describe('findAndModify', () => {
    const modify = (command: Document): unknown => {
      engine.fill('people', people);
      return plain(engine.ok({ findAndModify: 'people', ...command }));
    };

    it('gives the document as it was, or as it is', () => {
      const change = {
        query: { age: { $gt: 30 } },
        update: { $inc: { age: 1 } },
      };
      expect(modify(change)).toMatchObject({
        value: { _id: 1, age: 36 },
        lastErrorObject: { n: 1, updatedExisting: true },
      });
      expect(modify({ ...change, new: true })).toMatchObject({ value: { _id: 1, age: 37 } });
    });

    it('removes', () => {
      expect(modify({ query: { _id: 2 }, remove: true })).toMatchObject({
        value: { name: 'Bob' },
        lastErrorObject: { n: 1 },
      });
      expect(engine.find('people')).toHaveLength(2);
    });

    it('inserts when nothing matched', () => {
      const upsert = { query: { _id: 9 }, update: { $set: { age: 1 } }, upsert: true };
      expect(modify(upsert)).toMatchObject({
        value: null,
        lastErrorObject: { updatedExisting: false, upserted: 9 },
      });
      expect(modify({ ...upsert, new: true })).toMatchObject({ value: { _id: 9, age: 1 } });
      expect(modify({ query: { _id: 9 }, update: { $set: { age: 1 } } })).toMatchObject({
        value: null,
        lastErrorObject: { n: 0 },
      });
    });

    it('tells a duplicate key with its pattern, and not its value', () => {
      engine.fill('people', people);
      engine.ok({ createIndexes: 'people', indexes: [{ key: { name: 1 }, name: 'name', unique: true }] });
      const reply = engine.run({
        findAndModify: 'people',
        query: { _id: 1 },
        update: { $set: { name: 'Bob' } },
      });
      expect(plain(reply)).toEqual({
        ok: 0,
        code: 11000,
        codeName: 'DuplicateKey',
        errmsg: 'E11000 duplicate key error collection: test.people index: name',
        keyPattern: { name: 1 },
      });
      expect(plain(engine.find('people', { _id: 1 }))).toMatchObject([{ name: 'Ada' }]);
    });
  });

  describe('unique indexes', () => {
    const dup = (index: Document, documents: Document[]): unknown => {
      engine.fill('c', []);
      engine.ok({ createIndexes: 'c', indexes: [{ name: 'u', unique: true, ...index }] });
      const { writeErrors = [] } = plain(engine.run({ insert: 'c', documents, ordered: false })) as Document;
      return (writeErrors as Document[]).map(({ index: position, code }) => [position, code]);
    };

    it.each<[string, Document, Document[], unknown]>([
      [
        'compare numbers by value',
        { key: { a: 1 } },
        [{ a: 1 }, { a: new Int32(1) }, { a: 1.5 }],
        [[1, 11000]],
      ],
      ['count a missing field as null', { key: { a: 1 } }, [{}, { a: null }], [[1, 11000]]],
      [
        'leave out missing fields when sparse',
        { key: { a: 1 }, sparse: true },
        [{}, {}, { a: null }, { a: null }],
        [[3, 11000]],
      ],
      [
        'hold only what their filter finds',
        { key: { a: 1 }, partialFilterExpression: { b: { $exists: true } } },
        [{ a: 1 }, { a: 1 }, { a: 1, b: 2 }, { a: 1, b: 3 }],
        [[3, 11000]],
      ],
      [
        'look at every element of an array',
        { key: { a: 1 } },
        [{ a: [1, 2] }, { a: 2 }, { a: [3, 3] }],
        [[1, 11000]],
      ],
      [
        'join their fields',
        { key: { a: 1, b: -1 } },
        [
          { a: 1, b: 1 },
          { a: 1, b: 2 },
          { a: 1, b: 1 },
        ],
        [[2, 11000]],
      ],
      ['refuse two arrays', { key: { a: 1, b: 1 } }, [{ a: [1], b: [2] }], [[0, 171]]],
    ])('%s', (_, index, documents, expected) => {
      expect(dup(index, documents)).toEqual(expected);
    });

    it('are not made over documents that break them, and leave nothing behind', () => {
      engine.fill('c', [{ a: 1 }, { a: 1 }]);
      expect(
        engine.run({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'u', unique: true }] }),
      ).toMatchObject({ code: new Int32(11000) });
      expect(engine.ok({ listIndexes: 'c' }).cursor.firstBatch).toHaveLength(1);
      engine.ok({ createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'u' }] });
    });
  });

  it('keeps the order of inserts: an ordered batch ends at the first refusal, an unordered one goes on', () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }];
    engine.run({ insert: 'a', documents });
    engine.run({ insert: 'b', documents, ordered: false });
    expect([engine.find('a').length, engine.find('b').length]).toEqual([1, 2]);
  });

  it('refuses an _id that is an array, and the change of a whole command for one unsupported statement', () => {
    expect(() => engine.ok({ insert: 'c', documents: [{ _id: [1] }] })).toThrow(/cannot be of type array/);
    expect(
      engine.run({
        update: 'c',
        updates: [
          { q: { _id: 1 }, u: { $set: { a: 1 } }, upsert: true },
          { q: {}, u: { $bit: { a: { or: 1 } } } },
        ],
      }),
    ).toMatchObject({ code: new Int32(115) });
    expect(engine.find('c')).toEqual([]);
  });

  it('lets documents expire by a TTL index, values that are no dates never', () => {
    engine.fill('c', []);
    engine.ok({ createIndexes: 'c', indexes: [{ key: { at: 1 }, name: 'ttl', expireAfterSeconds: 60 }] });
    const now = Date.now();
    const ago = (seconds: number): Date => new Date(now - seconds * 1000);
    engine.ok({
      insert: 'c',
      documents: [
        { _id: 1, at: ago(61) },
        { _id: 2, at: ago(59) },
        { _id: 3, at: 0 },
        { _id: 4 },
        { _id: 5, at: [ago(10), ago(100)] },
      ],
    });
    new Executor(engine.store).expire(now);
    expect(engine.find('c').map(({ _id }) => Number(_id))).toEqual([2, 3, 4]);
  });

  it.each<[string, Document]>([
    ['an update without a filter', { update: 'c', updates: [{ u: { $set: { a: 1 } }, multi: true }] }],
    ['a delete without a filter', { delete: 'c', deletes: [{ limit: 0 }] }],
    ['a delete without a limit', { delete: 'c', deletes: [{ q: {} }] }],
    [
      'an update without a filter among others',
      bulk({ update: 0, updateMods: { $set: { a: 1 } }, multi: true }),
    ],
    ['a delete without a filter among others', bulk({ delete: 0, multi: true })],
    ['an insert without a document among others', bulk({ insert: 0 })],
  ])('refuses %s', (_, command) => {
    engine.fill('c', people);
    const { writeErrors, nErrors } = engine.run(command);
    expect(Number(nErrors ?? writeErrors.length)).toBe(1);
    expect(plain(engine.find('c'))).toEqual(people);
  });

  it('ends a cursor on an index that was dropped, whose place another has taken', () => {
    const named = (text: string): Document[] =>
      Array.from({ length: 9 }, (_, at) => ({ _id: at, s: `${text}${at}` }));
    const index = { key: { s: 1 }, name: 's' };
    engine.fill('c', named('mine'));
    engine.fill('other', named('theirs'));
    engine.ok({ createIndexes: 'c', indexes: [index] });
    const find = { find: 'c', filter: { s: { $gte: '' } }, projection: { s: 1, _id: 0 }, batchSize: 2 };
    const more = (): Document => engine.run({ getMore: cursor.id, collection: 'c', batchSize: 2 });
    const { cursor } = engine.ok(find);
    // What was taken back leaves the cursor alone.
    const refused = { q: { nested: { $elemMatch: { x: 1 } } }, u: { $set: { s: 'new' } } };
    const written = { q: { _id: 1 }, u: { $set: { nested: [[1]] } } };
    expect(engine.run({ update: 'c', updates: [written, refused] })).toMatchObject({
      codeName: 'CommandNotSupported',
    });
    expect(more().cursor.nextBatch).toEqual([{ s: 'mine2' }, { s: 'mine3' }]);
    engine.ok({ dropIndexes: 'c', index: 's' });
    engine.ok({ createIndexes: 'other', indexes: [index] });
    expect(more()).toMatchObject({ codeName: 'QueryPlanKilled' });
  });

  it('uses an index after it was dropped and made again, and none of another collection', () => {
    engine.fill('c', people);
    for (let round = 0; round < 3; round++) {
      engine.ok({ createIndexes: 'c', indexes: [{ key: { age: 1 }, name: 'age' }] });
      expect(engine.find('c', { age: { $gt: 30 } })).toHaveLength(2);
      engine.ok({ dropIndexes: 'c', index: 'age' });
      engine.fill('other', [{ age: 40 }]);
      expect(engine.find('c', { age: { $gt: 30 } })).toHaveLength(2);
    }
    engine.ok({ drop: 'c' });
    expect(engine.find('c')).toEqual([]);
  });
});
