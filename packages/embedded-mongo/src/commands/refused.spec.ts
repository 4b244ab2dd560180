import type { Document } from 'bson';
import { BSONRegExp, Decimal128, MaxKey, Timestamp } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';

const update = (u: unknown, more: Document = {}): Document => ({
  update: 'c',
  updates: [{ q: {}, u, ...more }],
});
const find = (filter: Document, more: Document = {}): Document => ({ find: 'c', filter, ...more });
const aggregate = (...pipeline: Document[]): Document => ({ aggregate: 'c', pipeline, cursor: {} });
const COUNTS = { _id: 1, n: { $sum: 1 } };

/** Commands with the name of what is not supported in them. */
const REFUSED: readonly (readonly [string, Document])[] = [
  ...['$eq', '$nin', '$regex', '$type', '$mod', '$size', '$all', '$near'].map(
    (name) => [`the query operator ${name}`, find({ a: { [name]: 1 } })] as const,
  ),
  ...['$and', '$nor', '$expr', '$where', '$text', '$comment'].map(
    (name) => [`the query operator ${name}`, find({ [name]: [{ a: 1 }] })] as const,
  ),
  ['$elemMatch of values', find({ a: { $elemMatch: { $gt: 1 } } })],
  ["'0' in the path 'a.0'", find({ 'a.0': 1 })],
  ...['$min', '$mul', '$rename', '$addToSet', '$pop', '$pullAll', '$currentDate', '$bit'].map(
    (name) => [`the update operator ${name}`, update({ $set: { b: 1 }, [name]: { a: 1 } })] as const,
  ),
  ['$each of $push', update({ $push: { a: { $each: [1] } } })],
  ["'$' in the path 'a.$'", update({ $set: { 'a.$': 1 } })],
  ["'$[]' in the path 'a.$[].b'", update({ $set: { 'a.$[].b': 1 } })],
  ["'$[x]' in the path 'a.$[x]'", update({ $set: { 'a.$[x]': 1 } })],
  ["'0' in the path 'a.0'", update({ $set: { 'a.0': 1 } })],
  ["the option 'arrayFilters'", update({ $set: { a: 1 } }, { arrayFilters: [{ x: 1 }] })],
  ["the option 'sort'", update({ $set: { a: 1 } }, { sort: { a: 1 } })],
  ["the option 'hint'", update({ $set: { a: 1 } }, { hint: 'a' })],
  ['an aggregation pipeline', update([{ $set: { a: 1 } }])],
  ...[
    '$sort',
    '$lookup',
    '$unwind',
    '$facet',
    '$replaceRoot',
    '$addFields',
    '$set',
    '$project',
    '$skip',
    '$count',
    '$out',
  ].map((name) => [`the aggregation stage ${name}`, aggregate({ $match: {} }, { [name]: {} })] as const),
  ...[
    { ...COUNTS, _id: '$a' },
    { ...COUNTS, m: { $avg: '$a' } },
    { _id: 1, n: { $sum: '$a' } },
    { _id: 1 },
  ].map(($group) => ['aggregation but with a last stage $group', aggregate({ $group })] as const),
  ['aggregation but with a last stage $group', aggregate({ $match: {} }, { $limit: 1 })],
  ['aggregation but with a last stage $group', aggregate()],
  ['the aggregation stage $match at this place', aggregate({ $limit: 1 }, { $match: {} })],
  ['the aggregation stage $limit at this place', aggregate({ $group: COUNTS }, { $limit: 1 })],
  ['aggregation without a collection', { aggregate: 1, pipeline: [], cursor: {} }],
  ['the projection operator $slice', find({}, { projection: { a: { $slice: 1 } } })],
  ['the projection operator $elemMatch', find({}, { projection: { a: { $elemMatch: { b: 1 } } } })],
  ['expressions and documents in projections', find({}, { projection: { a: '$b' } })],
  ['expressions and documents in projections', find({}, { projection: { a: { b: 1 } } })],
  [
    'conditions in partial indexes',
    {
      createIndexes: 'c',
      indexes: [{ key: { a: 1 }, name: 'a', partialFilterExpression: { a: { $gt: 1 } } }],
    },
  ],
  ...[
    { $exists: true, $not: { $gt: 1 } },
    { $exists: true, $gt: 1 },
    { $exists: false },
    { $in: [1, 2] },
  ].map(
    (a) =>
      [
        'conditions in partial indexes',
        { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', partialFilterExpression: { a } }] },
      ] as const,
  ),
  ["'$' in the path 'a.$'", find({}, { projection: { 'a.$': 1 } })],
  ...['skip', 'hint', 'collation', 'maxTimeMS', 'let', 'tailable', 'readConcern', 'noCursorTimeout'].map(
    (name) => [`the option '${name}' of find`, find({}, { [name]: 1 })] as const,
  ),
  ["the sort expression for 'a'", find({}, { sort: { a: { $meta: 'textScore' } } })],
  ["the option 'fields' of findAndModify", { findAndModify: 'c', query: {}, remove: true, fields: { a: 1 } }],
  ...['count', 'distinct', 'serverStatus', 'mapReduce', 'saslStart', 'dropDatabase'].map(
    (name) => [`the command ${name}`, { [name]: 'c' }] as const,
  ),
  ['transactions', { insert: 'c', documents: [{}], txnNumber: 1, startTransaction: true, autocommit: false }],
  ['dropping indexes', { dropIndexes: 'c', index: '*' }],
  ['text indexes', { createIndexes: 'c', indexes: [{ key: { a: 'text' }, name: 'a' }] }],
  ["'$**' in the path", { createIndexes: 'c', indexes: [{ key: { '$**': 1 }, name: 'a' }] }],
  [
    "the option 'collation' of an index",
    { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a', collation: {} }] },
  ],
  ["the option 'capped' of create", { create: 'x', capped: true }],
  ['this write concern', { insert: 'c', documents: [{}], writeConcern: { w: 2 } }],
];

describe('what is not supported', () => {
  let engine: EmbeddedEngine;
  beforeAll(() => {
    engine = openEngine();
    engine.fill('c', [{ _id: 1, a: 1 }]);
  });
  afterAll(() => {
    engine.close();
  });

  it.each(REFUSED)('is refused by name: %s', (name, command) => {
    const reply = engine.run(command);
    expect([Number(reply.ok), Number(reply.code)]).toEqual([0, 115]);
    expect(reply.errmsg).toContain(name);
    expect(reply.errmsg).toContain('MONGODB_URI');
    expect(engine.find('c').map(({ _id, a }) => [Number(_id), Number(a)])).toEqual([[1, 1]]);
  });

  it.each<[string, unknown]>([
    ['decimal', Decimal128.fromString('1')],
    ['regex', new BSONRegExp('a')],
    ['timestamp', new Timestamp({ t: 1, i: 1 })],
    ['maxKey', new MaxKey()],
  ])('is refused by name: the type %s', (name, value) => {
    expect(() => engine.run({ insert: 'c', documents: [{ a: value }] })).toThrow(`the BSON type ${name}`);
  });
});
