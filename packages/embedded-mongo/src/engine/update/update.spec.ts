import { Double, EJSON, Int32, Long, type Document } from 'bson';
import { openEngine, type EmbeddedEngine, type EngineError } from '../../../test/support/embedded-engine.js';

/** Extended JSON that shows every type. */
const typed = (value: unknown): unknown => JSON.parse(EJSON.stringify(value, { relaxed: false }));

/** A value so many levels deep. */
const nestedIn = (levels: number): unknown => (levels === 0 ? 1 : { a: nestedIn(levels - 1) });

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
      'new fields come in the order of their names',
      {},
      { $set: { b: 1, a: 2, 'n.y': 1, 'n.x': 2 } },
      { a: 2, b: 1, n: { x: 2, y: 1 } },
    ],
    [
      '$unset removes a field',
      { a: 1, b: [1, { c: 2 }] },
      { $unset: { a: '', 'b.c': '', 'x.y': '' } },
      { b: [1, { c: 2 }] },
    ],
    ['$set keeps the place of a field', { a: 1, b: 2 }, { $set: { a: 3 } }, { a: 3, b: 2 }],
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
    ['$inc of a missing field sets it', {}, { $inc: { 'a.b': new Int32(5) } }, { a: { b: new Int32(5) } }],
    ['$max takes the greater', { a: 5 }, { $max: { a: 7 } }, { a: 7 }],
    ['$push creates an array', {}, { $push: { a: 1 } }, { a: [1] }],
    ['$push of an array pushes one element', { a: [1] }, { $push: { a: [2, 3] } }, { a: [1, [2, 3]] }],
    [
      '$max compares across types',
      { a: 5, b: 'x' },
      { $max: { a: 'text', b: 1, c: 1 } },
      { a: 'text', b: 'x', c: 1 },
    ],
    ['$pull of a path that leads nowhere', { a: 1 }, { $pull: { 'b.c': 1, 'a.b': 1 } }, { a: 1 }],
    ['$pull by a list', { a: ['x', 'y', 'z'] }, { $pull: { a: { $in: ['x', 'z'] } } }, { a: ['y'] }],
    ['$pull by value', { a: [1, 2, new Double(1), [1]] }, { $pull: { a: 1 } }, { a: [2, [1]] }],
    ['$pull by operators', { a: [1, 5, 9, 'x'] }, { $pull: { a: { $gte: 5 } } }, { a: [1, 'x'] }],
    [
      '$pull of documents by their fields',
      { a: [{ b: 1, c: 2 }, { b: 2 }, 1] },
      { $pull: { a: { b: 1 } } },
      { a: [{ b: 2 }, 1] },
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
    ['$inc of text', { a: 'x' }, { $inc: { a: 1 } }, 14, /Cannot increment 'a': its value is not numeric/],
    ['$inc of null', { a: null }, { $inc: { a: 1 } }, 14, /its value is not numeric/],
    ['$inc by text', {}, { $inc: { a: 'x' } }, 14, /the operand is not numeric/],
    ['a path through a scalar', { a: 1 }, { $set: { 'a.b': 1 } }, 2, /Cannot create field 'b' in 'a'/],
    ['a name in an array', { a: [1] }, { $set: { 'a.b': 1 } }, 2, /Cannot create field 'b' in 'a'/],
    [
      'two changes of one path',
      {},
      { $set: { a: 1 }, $inc: { a: 1 } },
      40,
      /Updating 'a' conflicts with 'a'/,
    ],
    ['a change inside a changed path', {}, { $set: { a: 1, 'a.b': 2 } }, 40, /conflicts with 'a'/],
    ['a changed id', {}, { $set: { _id: 2 } }, 66, /immutable field '_id'/],
    ['a replacement with another id', {}, { _id: 2, a: 1 }, 66, /immutable/],
    ['$push to a scalar', { a: 1 }, { $push: { a: 1 } }, 2, /'a' must be an array/],
    ['$pull from a scalar', { a: 1 }, { $pull: { a: 1 } }, 2, /must be an array/],
    ['an empty name in a path', {}, { $set: { 'a..b': 1 } }, 2, /empty field name/],
    ['a dollar in a path', {}, { $set: { 'a.$b': 1 } }, 115, /'\$b' in the path/],
    ['an unknown operator', { a: 1 }, { $set: { b: 1 }, $bit: { a: { and: 1 } } }, 115, /\$bit.*MONGODB_URI/],
    ['a pipeline', { a: 1 }, [{ $set: { b: 1 } }], 115, /pipeline/],
    ['operators beside fields', { a: 1 }, { $set: { b: 1 }, c: 1 }, 9, /c stands beside update operators/],
    ['a replacement of many', { a: 1 }, { b: 1 }, 9, /multi update/, { multi: true, q: {} }],
    [
      'a path and a value that are nested too deeply together',
      {},
      { $set: { [Array(100).fill('a').join('.')]: nestedIn(82) } },
      15,
      /exceeds 180 levels/,
    ],
    [
      'an array on the last level',
      { a: nestedIn(0) },
      { $push: { [Array(180).fill('b').join('.')]: [] } },
      15,
      /180/,
    ],
  ])('refuses %s and changes nothing', (_, before, u, code, message, options = {}) => {
    const error = refusal(before, u, options);
    expect({ code: error.code, message: error.message }).toEqual({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('nests as deeply as what is stored can be read back', () => {
    const path = Array(100).fill('a').join('.');
    expect(typed(change({}, { $set: { [path]: nestedIn(81) } }))).toEqual(typed(nestedIn(181)));
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
        { _id: 1, a: 2, 'b.c': 3, d: { $gt: 1 } },
        { $inc: { n: 1 } },
        { _id: 1, a: 2, b: { c: 3 }, n: 1 },
      ],
      [
        'takes nothing of lists of several',
        { _id: 1, a: { $in: [1, 2] }, $or: [{ b: 1 }, { c: 1 }] },
        { $set: { d: 3 } },
        { _id: 1, d: 3 },
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

    it.each<[string, Document, number]>([
      ['a path that the filter gives twice', { a: { b: 1 }, 'a.c': 2 }, 2],
      ['a path that the filter gives twice, the longer first', { 'a.c': 2, a: { b: 1 } }, 2],
      ['an $or of one, which MongoDB looks into', { _id: 1, $or: [{ a: 2 }] }, 115],
      ['an $in of one, which MongoDB looks into', { _id: 1, a: { $in: [2] } }, 115],
      ['an operator in an _id', { _id: { a: { $b: 1 } } }, 2],
    ])('refuses %s', (_, q, code) => {
      expect(() => upsert(q, { $set: { z: 1 } })).toThrow(expect.objectContaining({ code }));
      expect(engine.find('c')).toEqual([]);
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
    ).toThrow(/not numeric/);
    expect(typed(engine.find('c'))).toEqual(
      typed([
        { _id: 1, a: 2 },
        { _id: 2, a: 'x' },
        { _id: 3, a: 1 },
      ]),
    );
  });
});
