import { Decimal128, Double, EJSON, Int32, Long, type Document } from 'bson';
import { openEngine, type EmbeddedEngine, type EngineError } from '../../../test/support/embedded-engine.js';

/** Extended JSON that shows every type. */
const typed = (value: unknown): unknown => JSON.parse(EJSON.stringify(value, { relaxed: false }));

describe('updates', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    engine.close();
  });

  interface Options {
    q?: Document;
    arrayFilters?: Document[];
    upsert?: boolean;
    multi?: boolean;
  }

  const change = (document: Document, u: unknown, { q = { _id: 1 }, ...options }: Options = {}): Document => {
    engine.fill('c', [{ _id: 1, ...document }]);
    engine.ok({ update: 'c', updates: [{ q, u, ...options }] });
    const [after = {}] = engine.find('c', { _id: 1 });
    delete after._id;
    return after;
  };

  const refusal = (
    document: Document,
    u: unknown,
    options: Options = {},
  ): { code: number; message: string } => {
    try {
      change(document, u, options);
    } catch (error) {
      expect(typed(engine.find('c'))).toEqual(typed([{ _id: 1, ...document }]));
      return error as EngineError;
    }
    throw new Error('not refused');
  };

  it.each<[string, Document, unknown, Document, Options?]>([
    ['$set creates documents on the way', {}, { $set: { 'a.b.c': 1 } }, { a: { b: { c: 1 } } }],
    [
      '$set of an array element fills up with null',
      { a: [1] },
      { $set: { 'a.3': 4 } },
      { a: [1, null, null, 4] },
    ],
    ['$set of a number as a name in a document', { a: {} }, { $set: { 'a.0': 1 } }, { a: { 0: 1 } }],
    [
      'new fields come in the order of their names, numbers by value',
      {},
      { $set: { b: 1, a: 2, 'n.10': 1, 'n.9': 2 } },
      { a: 2, b: 1, n: { 9: 2, 10: 1 } },
    ],
    ['$set keeps the place of a field', { a: 1, b: 2 }, { $set: { a: 3 } }, { a: 3, b: 2 }],
    [
      '$unset removes a field and empties an array element',
      { a: 1, b: [1, 2] },
      { $unset: { a: '', 'b.0': '', 'x.y': '' } },
      { b: [null, 2] },
    ],
    ['$inc keeps Int32', { a: new Int32(1) }, { $inc: { a: new Int32(2) } }, { a: new Int32(3) }],
    [
      '$inc overflows Int32 into Long',
      { a: new Int32(2147483647) },
      { $inc: { a: new Int32(1) } },
      { a: Long.fromNumber(2147483648) },
    ],
    [
      '$inc with a Double gives a Double',
      { a: new Int32(1) },
      { $inc: { a: new Double(0.5) } },
      { a: new Double(1.5) },
    ],
    [
      '$inc with a Decimal128 gives a Decimal128',
      { a: new Int32(1) },
      { $inc: { a: Decimal128.fromString('0.10') } },
      { a: Decimal128.fromString('1.10') },
    ],
    ['$inc of a missing field sets it', {}, { $inc: { 'a.b': new Int32(5) } }, { a: { b: new Int32(5) } }],
    [
      '$mul of a missing field gives zero of its type',
      {},
      { $mul: { a: new Double(2) } },
      { a: new Double(0) },
    ],
    [
      '$mul of Longs',
      { a: Long.fromString('4000000000') },
      { $mul: { a: new Int32(2) } },
      { a: Long.fromString('8000000000') },
    ],
    [
      '$min and $max compare across types',
      { a: 5, b: 'x' },
      { $min: { a: 'text', b: 1 }, $max: { c: 1 } },
      { a: 5, b: 1, c: 1 },
    ],
    ['$max takes the greater', { a: 5 }, { $max: { a: 7 } }, { a: 7 }],
    ['$rename moves a value to the end', { a: 1, b: 2 }, { $rename: { a: 'c.d' } }, { b: 2, c: { d: 1 } }],
    ['$rename of a missing field does nothing', { b: 2 }, { $rename: { a: 'b' } }, { b: 2 }],
    ['$push creates an array', {}, { $push: { a: 1 } }, { a: [1] }],
    ['$push of an array pushes one element', { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
    [
      '$push with $each, $position and $slice',
      { a: [1, 2] },
      { $push: { a: { $each: [8, 9], $position: 1, $slice: 3 } } },
      { a: [1, 8, 9] },
    ],
    [
      '$position from the end',
      { a: [1, 2, 3] },
      { $push: { a: { $each: [9], $position: -1 } } },
      { a: [1, 2, 9, 3] },
    ],
    ['$slice from the end', { a: [1, 2, 3] }, { $push: { a: { $each: [4], $slice: -2 } } }, { a: [3, 4] }],
    [
      '$push with $sort of values',
      { a: [3, 1] },
      { $push: { a: { $each: [2], $sort: -1 } } },
      { a: [3, 2, 1] },
    ],
    [
      '$push with $sort by a field',
      { a: [{ n: 3 }, { n: 1 }] },
      { $push: { a: { $each: [{ n: 2 }], $sort: { n: 1 } } } },
      { a: [{ n: 1 }, { n: 2 }, { n: 3 }] },
    ],
    [
      '$addToSet compares by value, documents with order',
      { a: [1, { x: 1, y: 2 }] },
      { $addToSet: { a: { $each: [new Double(1), { y: 2, x: 1 }, 2, 2] } } },
      { a: [1, { x: 1, y: 2 }, { y: 2, x: 1 }, 2] },
    ],
    ['$pull by value', { a: [1, 2, new Double(1), [1]] }, { $pull: { a: 1 } }, { a: [2, [1]] }],
    ['$pull by operators', { a: [1, 5, 9, 'x'] }, { $pull: { a: { $gte: 5 } } }, { a: [1, 'x'] }],
    [
      '$pull of documents by their fields',
      { a: [{ b: 1, c: 2 }, { b: 2 }, 1] },
      { $pull: { a: { b: 1 } } },
      { a: [{ b: 2 }, 1] },
    ],
    ['$pull by a list', { a: ['x', 'y', 'z'] }, { $pull: { a: { $in: ['x', /^z/] } } }, { a: ['y'] }],
    ['$pullAll', { a: [1, 2, 3, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
    [
      '$pop takes the last or the first',
      { a: [1, 2, 3], b: [1, 2] },
      { $pop: { a: 1, b: -1, c: 1 } },
      { a: [1, 2], b: [2] },
    ],
    [
      'the positional operator changes the element the filter found',
      { a: [1, 5, 9] },
      { $set: { 'a.$': 0 } },
      { a: [1, 0, 9] },
      { q: { a: { $gt: 4 } } },
    ],
    [
      'the positional operator with $elemMatch',
      {
        a: [
          { b: 1, c: 1 },
          { b: 1, c: 2 },
        ],
      },
      { $inc: { 'a.$.c': new Int32(10) } },
      {
        a: [
          { b: 1, c: 1 },
          { b: 1, c: 12 },
        ],
      },
      { q: { a: { $elemMatch: { b: 1, c: 2 } } } },
    ],
    [
      'the positional operator with a dotted condition',
      { a: [{ b: 1 }, { b: 2 }] },
      { $set: { 'a.$.b': 7 } },
      { a: [{ b: 1 }, { b: 7 }] },
      { q: { 'a.b': 2 } },
    ],
    ['$[] changes every element', { a: [1, 2] }, { $mul: { 'a.$[]': 10 } }, { a: [10, 20] }],
    [
      '$[identifier] changes the elements its filter finds',
      { a: [1, 5, 9] },
      { $set: { 'a.$[big]': 0 } },
      { a: [1, 0, 0] },
      { arrayFilters: [{ big: { $gte: 5 } }] },
    ],
    [
      'nested array filters',
      { a: [{ b: [1, 5] }, { b: [7] }] },
      { $set: { 'a.$[].b.$[x]': 0 } },
      { a: [{ b: [1, 0] }, { b: [0] }] },
      { arrayFilters: [{ x: { $gt: 4 } }] },
    ],
    [
      'array filters on fields',
      {
        a: [
          { n: 1, v: 0 },
          { n: 2, v: 0 },
        ],
      },
      { $set: { 'a.$[e].v': 1 } },
      {
        a: [
          { n: 1, v: 0 },
          { n: 2, v: 1 },
        ],
      },
      { arrayFilters: [{ 'e.n': 2 }] },
    ],
    ['a replacement keeps the id', { a: 1 }, { b: 2 }, { b: 2 }],
    [
      '$setOnInsert does nothing to a document that is there',
      { a: 1 },
      { $setOnInsert: { a: 2 }, $set: { b: 1 } },
      { a: 1, b: 1 },
    ],
    [
      'unicode names and values',
      {},
      { $set: { '\u00fcber.\ud83d\ude00': '\ud83d\ude00' } },
      { '\u00fcber': { '\ud83d\ude00': '\ud83d\ude00' } },
    ],
  ])('%s', (_, before, u, after, options = {}) => {
    expect(typed(change(before, u, options))).toEqual(typed(after));
    expect(Object.keys(change(before, u, options))).toEqual(Object.keys(after));
  });

  it.each<[string, Document, unknown, number, RegExp, Options?]>([
    [
      '$inc of text',
      { a: 'x' },
      { $inc: { a: 1 } },
      14,
      /Cannot apply \$inc to a value of non-numeric type. \{_id: 1\} has the field 'a' of non-numeric type string/,
    ],
    ['$inc of null', { a: null }, { $inc: { a: 1 } }, 14, /non-numeric type null/],
    ['$inc by text', {}, { $inc: { a: 'x' } }, 14, /Cannot increment with non-numeric argument: \{a: "x"\}/],
    [
      'a path through a scalar',
      { a: 1 },
      { $set: { 'a.b': 1 } },
      28,
      /Cannot create field 'b' in element \{a: 1\}/,
    ],
    [
      'a name in an array',
      { a: [1] },
      { $set: { 'a.b': 1 } },
      28,
      /Cannot create field 'b' in element \{a: \[ 1 \]\}/,
    ],
    [
      'two changes of one path',
      {},
      { $set: { a: 1 }, $inc: { a: 1 } },
      40,
      /Updating the path 'a' would create a conflict at 'a'/,
    ],
    ['a change inside a changed path', {}, { $set: { a: 1, 'a.b': 2 } }, 40, /conflict at 'a'/],
    [
      'a conflict that only the document shows',
      { a: [1] },
      { $set: { 'a.$[]': 1, 'a.0': 2 } },
      40,
      /conflict/,
    ],
    ['a changed id', {}, { $set: { _id: 2 } }, 66, /immutable field '_id'/],
    ['a replacement with another id', {}, { _id: 2, a: 1 }, 66, /immutable/],
    ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2, /must be an array but is of type int/],
    ['$addToSet to a scalar', { a: 1 }, { $addToSet: { a: 1 } }, 2, /must be an array/],
    ['$pull from a scalar', { a: 1 }, { $pull: { a: 1 } }, 2, /Cannot apply \$pull to a non-array value/],
    ['$pop from a scalar', { a: 1 }, { $pop: { a: 1 } }, 14, /non-array type/],
    ['$pop by two', { a: [1] }, { $pop: { a: 2 } }, 9, /expects 1 or -1/],
    [
      'the positional operator without a match',
      { a: [1] },
      { $set: { 'a.$': 1 } },
      2,
      /positional operator did not find the match/,
    ],
    [
      'the positional operator on an array without a condition',
      { a: [1], b: [1] },
      { $set: { 'b.$': 1 } },
      115,
      /MONGODB_URI/,
      { q: { a: 1 } },
    ],
    [
      'an identifier without a filter',
      { a: [1] },
      { $set: { 'a.$[x]': 1 } },
      2,
      /No array filter found for identifier 'x'/,
    ],
    [
      'a filter that is not used',
      { a: [1] },
      { $set: { a: 1 } },
      9,
      /was not used/,
      { arrayFilters: [{ x: 1 }] },
    ],
    ['$[] of a missing array', {}, { $set: { 'a.$[]': 1 } }, 2, /must exist in the document/],
    ['an empty name in a path', {}, { $set: { 'a..b': 1 } }, 56, /empty field name/],
    ['a dollar in a path', {}, { $set: { 'a.$b': 1 } }, 52, /not valid for storage/],
    ['$rename to itself', { a: 1 }, { $rename: { a: 'a' } }, 2, /must differ/],
    ['$rename through an array', { a: [{ b: 1 }] }, { $rename: { 'a.0': 'c' } }, 2, /array element/],
    ['an unknown operator', { a: 1 }, { $set: { b: 1 }, $bit: { a: { and: 1 } } }, 115, /\$bit.*MONGODB_URI/],
    ['a pipeline', { a: 1 }, [{ $set: { b: 1 } }], 115, /pipeline/],
    ['operators beside fields', { a: 1 }, { $set: { b: 1 }, c: 1 }, 9, /Unknown modifier: c/],
    ['a replacement of many', { a: 1 }, { b: 1 }, 9, /multi update/, { multi: true, q: {} }],
  ])('refuses %s and changes nothing', (_, before, u, code, message, options = {}) => {
    const error = refusal(before, u, options);
    expect({ code: error.code, message: error.message }).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  describe('with upsert', () => {
    const upsert = (q: Document, u: unknown): Document => {
      engine.fill('c', []);
      engine.ok({ update: 'c', updates: [{ q, u, upsert: true }] });
      return engine.find('c')[0] ?? {};
    };

    it.each<[string, Document, unknown, Document]>([
      [
        'takes equalities of the filter, then the update',
        { _id: 1, a: 2, 'b.c': { $eq: 3 }, d: { $gt: 1 } },
        { $inc: { n: 1 } },
        { _id: 1, a: 2, b: { c: 3 }, n: 1 },
      ],
      [
        'looks into $and and single $in',
        { _id: 1, $and: [{ a: 1 }, { b: { $in: [2] } }] },
        { $set: { c: 3 } },
        { _id: 1, a: 1, b: 2, c: 3 },
      ],
      ['applies $setOnInsert', { _id: 1 }, { $setOnInsert: { a: 1 } }, { _id: 1, a: 1 }],
      ['a replacement takes only the id of the filter', { _id: 1, a: 2 }, { b: 3 }, { _id: 1, b: 3 }],
    ])('%s', (_, q, u, expected) => {
      expect(typed(upsert(q, u))).toEqual(typed(expected));
    });

    it('makes an id when there is none, puts it first and reports it', () => {
      const document = upsert({ a: 1 }, { $set: { b: 2 } });
      expect(Object.keys(document)).toEqual(['_id', 'a', 'b']);
    });

    it('refuses a path that the filter gives twice', () => {
      expect(() => upsert({ a: 1, $and: [{ a: 2 }] }, { $set: { b: 1 } })).toThrow(/matched twice/);
    });
  });

  it('counts matched and modified documents, and an update without effect as matched only', () => {
    engine.fill('c', [
      { _id: 1, a: 1 },
      { _id: 2, a: 2 },
    ]);
    expect(
      typed(engine.ok({ update: 'c', updates: [{ q: {}, u: { $set: { a: 2 } }, multi: true }] })),
    ).toMatchObject({
      n: { $numberInt: '2' },
      nModified: { $numberInt: '1' },
    });
  });

  it('keeps what earlier documents of a failing multi update got, as MongoDB does', () => {
    engine.fill('c', [
      { _id: 1, a: 1 },
      { _id: 2, a: 'x' },
      { _id: 3, a: 1 },
    ]);
    expect(() =>
      engine.ok({ update: 'c', updates: [{ q: {}, u: { $inc: { a: 1 } }, multi: true }] }),
    ).toThrow(/non-numeric/);
    expect(typed(engine.find('c'))).toEqual(
      typed([
        { _id: 1, a: 2 },
        { _id: 2, a: 'x' },
        { _id: 3, a: 1 },
      ]),
    );
  });
});
