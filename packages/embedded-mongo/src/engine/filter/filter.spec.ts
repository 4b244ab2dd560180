import { Binary, Double, EJSON, Int32, Long, ObjectId, type Document } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../../test/support/embedded-engine.js';

/** `{value}` under the field `a`, numbered by position. `MISSING` leaves the field out. */
const MISSING = Symbol('missing');
const documents = (values: readonly unknown[]): Document[] =>
  values.map((value, index) => (value === MISSING ? { _id: index } : { _id: index, a: value }));

describe('query filters', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    engine.close();
  });

  /** The positions of the values that match. */
  const matching = (values: readonly unknown[], filter: Document): number[] => {
    engine.fill('c', documents(values));
    return engine.find('c', filter).map(({ _id }) => Number(_id));
  };

  const refusal = (filter: Document): { code: number; message: string } => {
    try {
      engine.find('c', filter);
    } catch (error) {
      return error as { code: number; message: string };
    }
    throw new Error(`not refused: ${EJSON.stringify(filter)}`);
  };

  it.each<[string, unknown[], Document, number[]]>([
    [
      'equality with null matches null and missing, not an empty array',
      [null, MISSING, [], [null], 0, ''],
      { a: null },
      [0, 1, 3],
    ],
    ['$ne null', [null, MISSING, [], [null], 0], { a: { $ne: null } }, [2, 4]],
    [
      'numbers compare by value across types',
      [new Int32(1), Long.fromNumber(1), new Double(1), '1', new Double(1.5)],
      { a: 1 },
      [0, 1, 2],
    ],
    [
      'Long beyond 2^53 is not confused with its neighbour',
      [
        Long.fromString('9007199254740993'),
        Long.fromString('9007199254740992'),
        new Double(9007199254740992),
      ],
      { a: Long.fromString('9007199254740993') },
      [0],
    ],
    ['negative zero equals zero', [new Double(-0), new Int32(0)], { a: 0 }, [0, 1]],
    ['NaN equals NaN only', [NaN, 1, null], { a: NaN }, [0]],
    ['$lt with NaN matches nothing, $lte NaN only NaN', [NaN, 1, -Infinity], { a: { $lte: NaN } }, [0]],
    ['$lt does not match NaN', [NaN, -Infinity, 1], { a: { $lt: 1 } }, [1]],
    [
      'comparison stays within one type',
      [5, '5', true, new Date(5), null, [7], { b: 9 }],
      { a: { $gt: 3 } },
      [0, 5],
    ],
    ['$gte null matches null and missing', [null, MISSING, 0], { a: { $gte: null } }, [0, 1]],
    ['$gt null matches nothing', [null, MISSING, 0], { a: { $gt: null } }, []],
    ['an array matches by an element', [[9], [4, 5], 5], { a: { $gt: 4, $lt: 6 } }, [1, 2]],
    ['different elements may satisfy different conditions', [[1, 9], [2]], { a: { $gt: 8, $lt: 2 } }, [0]],
    [
      'an array equals as a whole or as an element',
      [[1, 2], [[1, 2]], [2, 1], [1, 2, 3], 1],
      { a: [1, 2] },
      [0, 1],
    ],
    ['nested arrays are not looked into', [[[1]], [1]], { a: 1 }, [1]],
    [
      'documents equal with the order of their fields',
      [{ x: 1, y: 2 }, { y: 2, x: 1 }, { x: 1 }],
      { a: { x: 1, y: 2 } },
      [0],
    ],
    [
      'documents compare by type, name and value',
      [{ x: 1 }, { x: 2 }, { w: 9 }, { x: 'a' }, 3],
      { a: { $gt: { x: 1 } } },
      [1, 3],
    ],
    ['dotted paths enter documents', [{ b: 1 }, { b: 2 }, 1], { 'a.b': 1 }, [0]],
    ['dotted paths enter arrays of documents', [[{ b: 1 }, { b: 2 }], [{ b: 3 }], [1]], { 'a.b': 2 }, [0]],
    [
      'a dotted null matches a missing end',
      [{}, { b: null }, 5, [], [{}], [{ b: 1 }], [1], MISSING],
      { 'a.b': null },
      [0, 1, 2, 4, 7],
    ],
    ['$exists counts null as there', [null, MISSING, [], 0], { a: { $exists: true } }, [0, 2, 3]],
    ['$exists: false', [null, MISSING, []], { a: { $exists: false } }, [1]],
    ['$in mixes values and null', [1, 2, null, MISSING, [2, 5]], { a: { $in: [2, null] } }, [1, 2, 3, 4]],
    ['$in with an empty list matches nothing', [1, null, MISSING], { a: { $in: [] } }, []],
    ['$not inverts, missing included', [1, 5, 'x', MISSING], { a: { $not: { $gt: 3 } } }, [0, 2, 3]],
    [
      '$elemMatch on documents',
      [
        [
          { b: 1, c: 2 },
          { b: 2, c: 1 },
        ],
        [{ b: 1, c: 1 }],
        { b: 1, c: 1 },
      ],
      { a: { $elemMatch: { b: 1, c: 1 } } },
      [1],
    ],
    ['$or', [1, 2, 3, 4], { a: { $lt: 4 }, $or: [{ a: 1 }, { a: { $gt: 2 } }] }, [0, 2]],
    [
      'dates, booleans and ids',
      [new Date(1), new Date(2), true, new ObjectId('0123456789abcdef01234567')],
      { a: { $gte: new Date(2) } },
      [1],
    ],
    [
      'ObjectIds in byte order',
      [new ObjectId('0123456789abcdef01234567'), new ObjectId('ff23456789abcdef01234567')],
      { a: { $gt: new ObjectId('0123456789abcdef01234568') } },
      [1],
    ],
    [
      'binary by length, then subtype, then bytes',
      [new Binary(Buffer.from('b')), new Binary(Buffer.from('aa')), new Binary(Buffer.from('a'), 5)],
      { a: { $gt: new Binary(Buffer.from('b')) } },
      [1, 2],
    ],
    ['text in the order of its code points', ['\ud83d\ude00', '\uffee', 'a'], { a: { $gt: '\uffef' } }, [0]],
    ['text with a zero character', ['a\0b', 'a', 'a\0'], { a: { $gt: 'a', $lt: 'a\0b' } }, [2]],
  ])('%s', (_, values, filter, expected) => {
    expect(matching(values, filter)).toEqual(expected);
  });

  it.each<[string, Document, number]>([
    ['an unknown operator', { a: { $near: 1 } }, 115],
    ['an unknown top-level operator', { $expr: { $eq: ['$a', 1] } }, 115],
    ['server JavaScript', { $where: '1' }, 115],
    ['$text', { $text: { $search: 'x' } }, 115],
    ['$jsonSchema', { $jsonSchema: {} }, 115],
    ['an operator hidden in a branch', { $or: [{ a: 1 }, { b: { $not: { $geoWithin: {} } } }] }, 115],
    ['an unknown operator in $elemMatch', { a: { $elemMatch: { $foo: 1 } } }, 115],
    ['$elemMatch of values', { a: { $elemMatch: { $gt: 1 } } }, 115],
    ['a position in an array', { 'a.0': 1 }, 115],
    ['an empty $or', { $or: [] }, 2],
    ['$in that is no array', { a: { $in: 1 } }, 2],
    ['$in with an operator', { a: { $in: [{ $gt: 1 }] } }, 2],
    ['$not with a scalar', { a: { $not: 1 } }, 2],
    ['$elemMatch with a scalar', { a: { $elemMatch: 1 } }, 2],
  ])('refuses %s', (_, filter, code) => {
    const error = refusal(filter);
    expect(error.code).toBe(code);
    if (code === 115) expect(error.message).toMatch(/MONGODB_URI/);
  });
});
