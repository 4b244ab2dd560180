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
    [
      '$match, $sort and $limit',
      [{ $match: { price: { $lt: 20 } } }, { $sort: { price: -1 } }, { $limit: 1 }],
      [sales[0] ?? {}],
    ],
    [
      '$sort and $match in another order',
      [{ $limit: 3 }, { $sort: { price: 1 } }, { $match: { item: 'abc' } }],
      [sales[0] ?? {}],
    ],
    [
      '$group sums and counts by a field',
      [{ $group: { _id: '$item', total: { $sum: '$price' }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }],
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
    [
      '$dateToString groups by day, what has no date by null',
      [
        { $group: { _id: { $dateToString: { date: '$at', format: '%Y-%m-%d' } }, n: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      [
        { _id: null, n: 1 },
        { _id: '2014-03-01', n: 2 },
        { _id: '2014-03-15', n: 1 },
      ],
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

  it('refuses a sum beyond 64 bits, and days of no date of four digits', () => {
    engine.fill('c', [{ n: Long.fromString('9223372036854775807') }, { n: 1, at: new Date(-1e15) }]);
    expect(() => engine.aggregate('c', [{ $group: { _id: null, n: { $sum: '$n' } } }])).toThrow(
      /Integer overflow/,
    );
    const day = { $dateToString: { date: '$at', format: '%Y-%m-%d' } };
    expect(() => engine.aggregate('c', [{ $group: { _id: day } }])).toThrow(/years 0 to 9999/);
  });

  it.each<[string, Document[], number]>([
    ['a stage of two names', [{ $match: {}, $sort: {} }], 2],
    ['a limit of zero', [{ $limit: 0 }], 2],
    ['a negative limit', [{ $limit: -1 }], 2],
    ['a sort by nothing', [{ $sort: {} }], 2],
    ['a group without an id', [{ $group: { n: { $sum: 1 } } }], 2],
    ['a number as a date', [{ $group: { _id: { $dateToString: { date: '$a', format: '%Y-%m-%d' } } } }], 2],
    ['a date without a field', [{ $group: { _id: { $dateToString: { format: '%Y-%m-%d' } } } }], 2],
    ['a path through an array', [{ $group: { _id: '$parts.n' } }], 115],
    ['two operators', [{ $group: { _id: { $dateToString: {}, $toUpper: 1 } } }], 2],
  ])('refuses %s', (_, pipeline, code) => {
    engine.fill('c', [{ _id: 1, a: 1, parts: [{ n: 1 }] }]);
    expect(engine.run({ aggregate: 'c', pipeline, cursor: {} })).toMatchObject({ code: new Int32(code) });
  });
});
