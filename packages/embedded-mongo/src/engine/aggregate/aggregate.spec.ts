import { Decimal128, Double, EJSON, Int32, Long, type Document } from 'bson';
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
    {
      _id: 1,
      item: 'abc',
      price: new Int32(10),
      quantity: 2,
      at: date('2014-03-01T08:00:00'),
      tags: ['x', 'y'],
    },
    { _id: 2, item: 'jkl', price: new Int32(20), quantity: 1, at: date('2014-03-01T09:00:00'), tags: [] },
    { _id: 3, item: 'xyz', price: new Int32(5), quantity: 10, at: date('2014-03-15T09:00:00') },
    {
      _id: 4,
      item: 'abc',
      price: new Double(2.5),
      quantity: 10,
      at: date('2014-04-04T11:21:39.736'),
      tags: null,
    },
  ];

  it.each<[string, Document[], Document[]]>([
    [
      '$match, $sort, $skip, $limit',
      [
        { $match: { price: { $gt: 4 } } },
        { $sort: { price: -1 } },
        { $skip: 1 },
        { $limit: 1 },
        { $project: { item: 1 } },
      ],
      [{ _id: 1, item: 'abc' }],
    ],
    [
      '$group sums, averages and counts',
      [
        {
          $group: {
            _id: '$item',
            total: { $sum: { $multiply: ['$price', '$quantity'] } },
            mean: { $avg: '$quantity' },
            n: { $sum: 1 },
          },
        },
        { $sort: { _id: 1 } },
      ],
      [
        { _id: 'abc', total: new Double(45), mean: new Double(6), n: 2 },
        { _id: 'jkl', total: 20, mean: new Double(1), n: 1 },
        { _id: 'xyz', total: 50, mean: new Double(10), n: 1 },
      ],
    ],
    [
      '$group by several fields and by null',
      [
        {
          $group: {
            _id: null,
            least: { $min: '$price' },
            most: { $max: '$price' },
            first: { $first: '$item' },
            last: { $last: '$item' },
            items: { $addToSet: '$item' },
            all: { $push: '$tags' },
            count: { $count: {} },
          },
        },
      ],
      [
        {
          _id: null,
          least: new Double(2.5),
          most: 20,
          first: 'abc',
          last: 'abc',
          items: ['abc', 'jkl', 'xyz'],
          all: [['x', 'y'], [], null],
          count: 4,
        },
      ],
    ],
    [
      '$project computes, renames and removes',
      [
        { $match: { _id: 1 } },
        {
          $project: {
            _id: 0,
            item: 1,
            'total.net': { $multiply: ['$price', '$quantity'] },
            missing: '$nothing',
          },
        },
      ],
      [{ item: 'abc', total: { net: 20 } }],
    ],
    [
      '$project leaves out',
      [{ $match: { _id: 3 } }, { $project: { at: 0, quantity: false } }],
      [{ _id: 3, item: 'xyz', price: 5 }],
    ],
    [
      '$addFields keeps the place of a field and $unset removes',
      [{ $match: { _id: 3 } }, { $addFields: { item: 'new', literal: 1 } }, { $unset: ['at', 'price'] }],
      [{ _id: 3, item: 'new', quantity: 10, literal: 1 }],
    ],
    ['$count', [{ $match: { item: 'abc' } }, { $count: 'n' }], [{ n: 2 }]],
    ['$count of nothing gives nothing', [{ $match: { item: 'none' } }, { $count: 'n' }], []],
    [
      '$unwind',
      [{ $unwind: '$tags' }, { $project: { tags: 1 } }],
      [
        { _id: 1, tags: 'x' },
        { _id: 1, tags: 'y' },
      ],
    ],
    [
      '$unwind preserving, with the index',
      [
        { $unwind: { path: '$tags', preserveNullAndEmptyArrays: true, includeArrayIndex: 'i' } },
        { $project: { tags: 1, i: 1 } },
      ],
      [
        { _id: 1, tags: 'x', i: Long.fromNumber(0) },
        { _id: 1, tags: 'y', i: Long.fromNumber(1) },
        { _id: 2, i: null },
        { _id: 3, i: null },
        { _id: 4, tags: null, i: null },
      ],
    ],
    [
      '$lookup by equality',
      [
        { $match: { _id: { $lte: 2 } } },
        { $lookup: { from: 'stock', localField: 'item', foreignField: 'sku', as: 'stock' } },
        { $project: { stock: 1 } },
      ],
      [
        {
          _id: 1,
          stock: [
            { _id: 'a', sku: 'abc' },
            { _id: 'b', sku: ['abc', 'def'] },
          ],
        },
        { _id: 2, stock: [] },
      ],
    ],
    [
      '$lookup of a missing field finds null and missing',
      [
        { $match: { _id: 3 } },
        { $lookup: { from: 'stock', localField: 'tags', foreignField: 'sku', as: 'stock' } },
        { $project: { stock: 1 } },
      ],
      [{ _id: 3, stock: [{ _id: 'c' }] }],
    ],
    [
      '$replaceRoot',
      [{ $match: { _id: 1 } }, { $replaceRoot: { newRoot: { kept: '$item', by: '$$ROOT._id' } } }],
      [{ kept: 'abc', by: 1 }],
    ],
    [
      '$facet',
      [
        {
          $facet: {
            n: [{ $count: 'n' }],
            cheap: [{ $match: { price: { $lt: 6 } } }, { $project: { item: 1 } }],
          },
        },
      ],
      [
        {
          n: [{ n: 4 }],
          cheap: [
            { _id: 3, item: 'xyz' },
            { _id: 4, item: 'abc' },
          ],
        },
      ],
    ],
    [
      '$dateToString and $dateTrunc group by day',
      [
        { $group: { _id: { $dateToString: { date: '$at', format: '%Y-%m-%d' } }, n: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ],
      [
        { _id: '2014-03-01', n: 2 },
        { _id: '2014-03-15', n: 1 },
        { _id: '2014-04-04', n: 1 },
      ],
    ],
  ])('%s', (_, pipeline, expected) => {
    engine.fill('sales', sales);
    engine.fill('stock', [{ _id: 'a', sku: 'abc' }, { _id: 'b', sku: ['abc', 'def'] }, { _id: 'c' }]);
    expect(typed(engine.aggregate('sales', pipeline))).toEqual(typed(expected));
  });

  it.each<[string, Document, unknown, unknown]>([
    ['$add of Int32', { $add: ['$a', 1] }, new Int32(1), new Int32(2)],
    ['$add beyond Int32', { $add: ['$a', 1] }, new Int32(2147483647), Long.fromNumber(2147483648)],
    [
      '$add beyond Int64',
      { $add: ['$a', 1] },
      Long.fromString('9223372036854775807'),
      new Double(9223372036854775808),
    ],
    ['$add with a decimal', { $add: ['$a', Decimal128.fromString('0.5')] }, 1, Decimal128.fromString('1.5')],
    [
      '$add of milliseconds to a date',
      { $add: ['$a', 1000] },
      date('2020-01-01T00:00:00'),
      date('2020-01-01T00:00:01'),
    ],
    ['$add of null', { $add: ['$a', 1] }, null, null],
    [
      '$subtract of dates',
      { $subtract: ['$a', date('2020-01-01T00:00:00')] },
      date('2020-01-01T00:00:01'),
      Long.fromNumber(1000),
    ],
    ['$multiply of a missing field', { $multiply: ['$missing', 2] }, 1, null],
    ['$divide gives a Double', { $divide: ['$a', 2] }, 4, new Double(2)],
    ['$cond by array', { $cond: [{ $gt: ['$a', 3] }, 'big', 'small'] }, 4, 'big'],
    ['$cond by names', { $cond: { if: '$missing', then: 1, else: 2 } }, 4, 2],
    ['$ifNull', { $ifNull: ['$missing', null, 'default'] }, 1, 'default'],
    ['$eq tells missing from null', { $eq: ['$missing', null] }, 1, false],
    ['$eq across numeric types', { $eq: ['$a', 1] }, Long.fromNumber(1), true],
    ['$gt across types', { $gt: ['$a', 99] }, 'text', true],
    ['$and, $or, $not', { $and: [{ $or: [false, '$a'] }, { $not: ['$missing'] }] }, 1, true],
    ['$concat', { $concat: ['<', '$a', '>'] }, '\u00fc', '<\u00fc>'],
    ['$concat of null', { $concat: ['<', '$a'] }, null, null],
    ['$toUpper changes ASCII letters', { $toUpper: '$a' }, 'a\u00fc\u00df', 'A\u00fc\u00df'],
    ['$toLower of null', { $toLower: '$a' }, null, ''],
    ['$size', { $size: '$a' }, [1, 2], 2],
    [
      'a path through an array of documents',
      '$a.b' as unknown as Document,
      [{ b: 1 }, { c: 2 }, { b: 3 }, 4],
      [1, 3],
    ],
    ['a number in a path is a name', '$a.0' as unknown as Document, [[1]], []],
    ['$literal', { $literal: '$a' }, 1, '$a'],
    ['an array of expressions', ['$a', '$missing'], 1, [1, null]],
    [
      '$dateTrunc to the month',
      { $dateTrunc: { date: '$a', unit: 'month' } },
      date('2021-03-20T11:30:05'),
      date('2021-03-01T00:00:00'),
    ],
    [
      '$dateTrunc to the week of a Monday',
      { $dateTrunc: { date: '$a', unit: 'week', startOfWeek: 'monday' } },
      date('2021-03-20T11:30:05'),
      date('2021-03-15T00:00:00'),
    ],
    [
      '$dateTrunc to two hours',
      { $dateTrunc: { date: '$a', unit: 'hour', binSize: 2 } },
      date('2021-03-20T11:30:05'),
      date('2021-03-20T10:00:00'),
    ],
    [
      '$dateTrunc in a time zone',
      { $dateTrunc: { date: '$a', unit: 'day', timezone: 'America/New_York' } },
      date('2021-03-20T02:30:00'),
      date('2021-03-19T04:00:00'),
    ],
    [
      '$dateToString in a time zone',
      { $dateToString: { date: '$a', timezone: 'Europe/Berlin', format: '%d.%m.%Y %H:%M %z' } },
      date('2021-07-01T10:00:00'),
      '01.07.2021 12:00 +0200',
    ],
    [
      '$dateToString by default',
      { $dateToString: { date: '$a' } },
      date('2021-07-01T10:00:00.5'),
      '2021-07-01T10:00:00.500Z',
    ],
    [
      '$dateToString of ISO weeks',
      { $dateToString: { date: '$a', format: '%G-W%V-%u %j' } },
      date('2021-01-03T00:00:00'),
      '2020-W53-7 003',
    ],
    ['$dateToString of a missing date', { $dateToString: { date: '$missing', onNull: 'none' } }, 1, 'none'],
  ])('evaluates %s', (_, expression, value, expected) => {
    engine.fill('c', [{ _id: 1, a: value }]);
    const [result] = engine.aggregate('c', [{ $project: { _id: 0, r: expression } }]);
    expect(typed(result)).toEqual(typed({ r: expected }));
  });

  it('adds up numbers of all types exactly', () => {
    engine.fill('c', [
      { n: new Double(0.1) },
      { n: new Double(0.2) },
      { n: new Double(-0.3) },
      { n: 'x' },
      { n: null },
      { m: Long.fromString('9223372036854775807') },
      { m: 1 },
    ]);
    const [result] = engine.aggregate('c', [
      { $group: { _id: null, n: { $sum: '$n' }, m: { $sum: '$m' }, none: { $avg: '$x' } } },
    ]);
    expect(typed(result)).toEqual(
      typed({
        _id: null,
        n: new Double(2.7755575615628914e-17),
        m: new Double(9223372036854775808),
        none: null,
      }),
    );
  });

  it.each<[string, Document[], number]>([
    ['an unknown stage', [{ $merge: { into: 'x' } }], 115],
    ['an unknown stage inside $facet', [{ $facet: { a: [{ $out: 'x' }] } }], 115],
    ['an unknown accumulator', [{ $group: { _id: null, x: { $stdDevPop: '$a' } } }], 115],
    ['an unknown expression', [{ $project: { x: { $map: {} } } }], 115],
    ['an unknown variable', [{ $project: { x: '$$USER_ROLES' } }], 115],
    ['a $lookup with a pipeline', [{ $lookup: { from: 'x', pipeline: [], as: 'y' } }], 115],
    ['a change stream', [{ $changeStream: {} }], 115],
    ['a stage of two names', [{ $match: {}, $sort: {} }], 40323],
    ['a limit of zero', [{ $limit: 0 }], 15958],
    ['a group without an id', [{ $group: { n: { $sum: 1 } } }], 15955],
    ['$size of a scalar', [{ $project: { x: { $size: '$a' } } }], 17124],
    ['division by zero', [{ $project: { x: { $divide: ['$a', 0] } } }], 2],
    ['arithmetic with text', [{ $project: { x: { $add: ['$a', 'x'] } } }], 14],
    ['a root that is no document', [{ $replaceRoot: { newRoot: '$a' } }], 40228],
    ['inclusion and exclusion together', [{ $project: { a: 1, b: 0 } }], 31254],
  ])('refuses %s', (_, pipeline, code) => {
    engine.fill('c', [{ _id: 1, a: 1 }]);
    expect(engine.run({ aggregate: 'c', pipeline, cursor: {} })).toMatchObject({ code: new Int32(code) });
  });
});
