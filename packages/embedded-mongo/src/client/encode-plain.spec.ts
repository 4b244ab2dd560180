import { Binary, Double, Int32, Long, ObjectId, serialize } from 'bson';
import { encodePlain } from './encode-plain.js';

const bson = (document: object): Buffer => Buffer.from(serialize(document, { ignoreUndefined: true }));

/** Numbers from 0 to below 1, the same ones each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 1_103_515_245 + 12_345) % 2 ** 31) yield state / 2 ** 31;
}

const TEXTS = ['', 'a', 'é', '漢字', '🙂', '\ud800', 'a\0b', 'x'.repeat(60), 'ü'.repeat(60)];
const SCALARS = [
  ...TEXTS,
  ...[0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1.5, NaN, Infinity, 2 ** 53],
  ...[true, false, null, undefined, new Date(0), new Date(-1), new Date(8.64e15)],
];
const NAMES = ['a', 'ab.c', '$set', '0', 'é', '_id', '__proto__', 'x'.repeat(50), ''];

function anything(random: Iterator<number, never>, levels: number): unknown {
  const next = (below: number): number => Math.floor(random.next().value * below);
  const kind = levels === 0 ? 0 : next(4);
  if (kind === 1) return Array.from({ length: next(5) }, () => anything(random, levels - 1));
  if (kind === 2) return objectOf(random, levels - 1);
  return SCALARS[next(SCALARS.length)];
}

function objectOf(random: Iterator<number, never>, levels: number): object {
  const next = (below: number): number => Math.floor(random.next().value * below);
  const pairs = Array.from({ length: next(6) }, () => [NAMES[next(NAMES.length)], anything(random, levels)]);
  return Object.fromEntries(pairs) as object;
}

describe('encodePlain', () => {
  it('makes the bytes that bson makes', () => {
    const random = numbers(1);
    for (let run = 0; run < 3000; run++) {
      const document = objectOf(random, 4);
      expect(encodePlain(document)?.toString('hex')).toBe(bson(document).toString('hex'));
    }
  });

  it('takes holes and undefined members as bson does', () => {
    // eslint-disable-next-line no-sparse-arrays
    const document = { list: [, undefined, 1], gone: undefined, none: Object.create(null) as object };
    expect(encodePlain(document)).toEqual(bson(document));
  });

  class Point {
    x = 1;
  }
  it.each([
    ['an int', new Int32(1)],
    ['a double', new Double(1)],
    ['a long', Long.fromNumber(1)],
    ['an id', new ObjectId()],
    ['bytes', new Binary(Buffer.from('x'))],
    ['a buffer', Buffer.from('x')],
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a pattern', /x/],
    ['a map', new Map([['a', 1]])],
    ['a set', new Set([1])],
    ['an object of a class', new Point()],
    ['a boxed text', Object('x') as unknown],
    ['an object that says what it is', { toBSON: () => 1 }],
    ['a list that says what it is', Object.assign([1], { toBSON: () => 1 })],
    ['a date that says what it is', Object.assign(new Date(0), { toBSON: () => 1 })],
    ['an object that names a type', { _bsontype: 'ObjectId', id: 'x' }],
    ['an object that names no type there is', { _bsontype: 5 }],
    ['a list that names a type', Object.assign([1], { _bsontype: 'Long' })],
    ['a date that is none', new Date(NaN)],
    ['a large text', 'x'.repeat(100_000)],
    ['a long list', Array.from({ length: 100_000 }, () => 1)],
  ])('leaves %s to bson, wherever it stands', (_, value) => {
    expect(encodePlain({ before: 1, value })).toBeUndefined();
    expect(encodePlain({ list: [{ value }] })).toBeUndefined();
    // What was begun leaves nothing behind.
    expect(encodePlain({ a: 1 })).toEqual(bson({ a: 1 }));
  });

  it('leaves names with a zero byte, and what has no end, to bson', () => {
    expect(encodePlain({ 'a\0b': 1 })).toBeUndefined();
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(encodePlain(circle)).toBeUndefined();
  });

  it.each([[{ _bsontype: 'Int32' }], [null], [undefined], ['text'], [[1]]])(
    'leaves %p itself to bson',
    (document) => {
      expect(encodePlain(document)).toBeUndefined();
    },
  );

  it('ends at its bound without a byte that is not its own', () => {
    const nested = (levels: number, value: unknown): object =>
      levels === 0 ? { value } : { a: nested(levels - 1, value) };
    for (const value of ['x', 1, 1.5, true, null, new Date(1), {}, []]) {
      for (let filled = 87_300; filled < 87_382; filled++) {
        const text = '漢'.repeat(filled);
        for (const each of [
          { text, ...nested(29, value) },
          { pad: 'x', text, ...nested(29, value) },
          { pad: 'xx', text, ...nested(29, value) },
        ]) {
          const bytes = encodePlain(each);
          if (bytes !== undefined) expect(bytes.equals(bson(each))).toBe(true);
        }
      }
    }
  });
});
