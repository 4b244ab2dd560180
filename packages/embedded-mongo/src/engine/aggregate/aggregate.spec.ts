import { Double, EJSON, Int32, Long, type Document } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../../test/support/embedded-engine.js';

const typed = (value: unknown): unknown => JSON.parse(EJSON.stringify(value, { relaxed: false }));
const date = (text: string): Date => new Date(`${text}Z`);

describe('aggregation', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    engine.close();
  });

  const sales = [
    { _id: 1, item: 'abc', price: 10, at: date('2014-03-01T08:00:00'), tags: ['x', 'y'] },
    { _id: 2, item: 'jkl', price: 20, at: date('2014-03-01T23:59:59.999'), tags: [] },
    { _id: 3, item: 'xyz', price: 5, at: date('2014-03-15T00:00:00') },
    { _id: 4, item: 'abc', price: new Double(2.5), at: null, tags: null, parts: [{ n: 1 }, 2, { n: 3 }, {}] },
  ];

  it.each<[string, Document[], Document[]]>([
    ['$match and $limit', [{ $match: { price: { $lt: 20 } } }, { $limit: 1 }], [sales[0] ?? {}]],
    ['$match behind $limit', [{ $limit: 3 }, { $match: { item: 'abc' } }], [sales[0] ?? {}]],
    [
      '$group sums and counts by a field',
      [{ $group: { _id: '$item', total: { $sum: '$price' }, n: { $sum: 1 } } }],
      [
        { _id: 'abc', total: new Double(12.5), n: 2 },
        { _id: 'jkl', total: 20, n: 1 },
        { _id: 'xyz', total: 5, n: 1 },
      ],
    ],
    [
      '$group by a constant counts all',
      [{ $match: {} }, { $group: { _id: 1, n: { $sum: 1 } } }],
      [{ _id: 1, n: 4 }],
    ],
    [
      '$group by null collects',
      [{ $group: { _id: null, items: { $push: '$item' }, tags: { $push: '$tags' } } }],
      [{ _id: null, items: ['abc', 'jkl', 'xyz', 'abc'], tags: [['x', 'y'], [], null] }],
    ],
    [
      '$group by several fields leaves out what is missing',
      [{ $group: { _id: { item: '$item', tags: '$tags' } } }, { $match: { '_id.item': 'xyz' } }],
      [{ _id: { item: 'xyz' } }],
    ],
  ])('%s', (_, pipeline, expected) => {
    engine.fill('sales', sales);
    expect(typed(engine.aggregate('sales', pipeline))).toEqual(typed(expected));
  });

  it('gives nothing of a collection that is not there', () => {
    expect(engine.aggregate('nothing', [{ $group: { _id: null, n: { $sum: 1 } } }])).toEqual([]);
  });

  it.each<[string, unknown[], unknown]>([
    ['Int32', [1, 2], 3],
    ['Int32 beyond 32 bits', [2147483647, 1], Long.fromNumber(2147483648)],
    ['doubles, and what is no number not at all', [new Double(0.5), 2, 'x', null], new Double(2.5)],
    ['nothing', ['x'], 0],
  ])('adds up %s', (_, values, expected) => {
    engine.fill(
      'c',
      values.map((n) => ({ n })),
    );
    const [result] = engine.aggregate('c', [{ $group: { _id: null, n: { $sum: '$n' } } }]);
    expect(typed(result)).toEqual(typed({ _id: null, n: expected }));
  });

  it('refuses a sum beyond 64 bits', () => {
    engine.fill('c', [{ n: Long.fromString('9223372036854775807') }, { n: 1 }]);
    expect(() => engine.aggregate('c', [{ $group: { _id: null, n: { $sum: '$n' } } }])).toThrow(
      /Integer overflow/,
    );
  });

  it.each<[string, Document[], number]>([
    ['a stage of two names', [{ $match: {}, $limit: 1 }], 2],
    ['a limit of zero', [{ $limit: 0 }], 2],
    ['a negative limit', [{ $limit: -1 }], 2],
    ['a group without an id', [{ $group: { n: { $sum: 1 } } }], 2],
    ['a path through an array', [{ $group: { _id: '$parts.n' } }], 115],
    ['two operators', [{ $group: { _id: { $toLower: 1, $toUpper: 1 } } }], 2],
  ])('refuses %s', (_, pipeline, code) => {
    engine.fill('c', [{ _id: 1, a: 1, parts: [{ n: 1 }] }]);
    expect(engine.run({ aggregate: 'c', pipeline, cursor: {} })).toMatchObject({ code: new Int32(code) });
  });
});
