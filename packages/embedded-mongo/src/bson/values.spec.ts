import { Binary, Double, Int32, Long, ObjectId, serialize } from 'bson';
import fc from 'fast-check';
import { decodeDocument } from './decode.js';
import { encodeDocument, written } from './encode.js';
import { compareValues, keyOf, writeKey } from './key.js';
import { compareNumbers, type NumberValue } from './numbers.js';
import {
  TYPE_ORDER,
  typeOrder,
  type BinaryValue,
  type DateValue,
  type Document,
  type ObjectIdValue,
  type Value,
} from './values.js';

const scalar = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.integer().map((value) => new Int32(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc.integer({ min: -3, max: 3 }).map((value) => Long.fromBigInt(2n ** 53n + BigInt(value))),
  fc.double().map((value) => new Double(value)),
  fc.constantFrom(0.1, 0.5, 2 ** 53, 2 ** 63, -(2 ** 63)).map((value) => new Double(value)),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('a', 'b', '\0', '\u0001', '\u0002', '\u00ff', '\uffee', '\ud83d\ude00'),
    maxLength: 4,
  }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => new Binary(bytes, bytes.length % 2)),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 6, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'aa', '\u00fc'), tie('value'), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  ),
}));

const own = (given: unknown): Value => decodeDocument(Buffer.from(serialize({ v: given }))).get('v') ?? null;
const sign = (number: number): number => Math.sign(number);

const compareText = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

/** MongoDB's order as its documentation says it, against which keys and comparison are held. */
function structuralOrder(left: Value, right: Value): number {
  const order = typeOrder(left);
  const difference = order - typeOrder(right);
  if (difference !== 0) return difference;
  switch (order) {
    case TYPE_ORDER.number:
      return compareNumbers(left as NumberValue, right as NumberValue);
    case TYPE_ORDER.string:
      return compareText(left as string, right as string);
    case TYPE_ORDER.document:
      return compareDocuments(left as Document, right as Document);
    case TYPE_ORDER.array:
      return compareArrays(left as Value[], right as Value[]);
    case TYPE_ORDER.binary:
      return compareBinary(left as BinaryValue, right as BinaryValue);
    case TYPE_ORDER.objectId:
      return compareText((left as ObjectIdValue).hex, (right as ObjectIdValue).hex);
    case TYPE_ORDER.boolean:
      return Number(left) - Number(right);
    case TYPE_ORDER.date:
      return (left as DateValue).milliseconds - (right as DateValue).milliseconds;
    default:
      return 0;
  }
}

function compareDocuments(left: Document, right: Document): number {
  const others = right.entries();
  for (const [name, value] of left) {
    const next = others.next();
    if (next.done) return 1;
    const [otherName, otherValue] = next.value;
    const difference =
      typeOrder(value) - typeOrder(otherValue) ||
      compareText(name, otherName) ||
      structuralOrder(value, otherValue);
    if (difference !== 0) return difference;
  }
  return left.size - right.size;
}

function compareArrays(left: Value[], right: Value[]): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = structuralOrder(left[index] ?? null, right[index] ?? null);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareBinary(left: BinaryValue, right: BinaryValue): number {
  return (
    left.bytes.length - right.bytes.length ||
    left.subtype - right.subtype ||
    Buffer.compare(left.bytes, right.bytes)
  );
}

describe('BSON values', () => {
  it('come back byte for byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (document) => {
        const names = Object.keys(document).filter((name) => !name.includes('\0'));
        const bytes = Buffer.from(
          serialize(Object.fromEntries<unknown>(names.map((name) => [name, document[name]]))),
        );
        expect(encodeDocument(decodeDocument(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('keep the order of fields whose names look like numbers', () => {
    const document = new Map<string, Value>([
      ['b', 1],
      ['10', 2],
      ['2', 3],
    ]);
    expect([...decodeDocument(encodeDocument(document)).keys()]).toEqual(['b', '10', '2']);
  });

  it('have keys that do not change, for stored indexes are made of them', () => {
    const keys = [1.5, -0, 2n ** 53n + 1n, -(2n ** 63n) + 1n, 'a\0', null].map((each) =>
      keyOf(each).toString('hex'),
    );
    expect(keys).toEqual([
      '0abff800000000000000',
      '0a800000000000000000',
      '0ac3400000000000000180013100',
      '0a3c1fffffffffffff0180013100',
      '0f61010100',
      '05',
    ]);
  });

  it('have keys in the order of the values, upwards and downwards, also in front of other keys', () => {
    fc.assert(
      fc.property(value, value, value, value, (a, b, c, d) => {
        const [first, second, third, fourth] = [own(a), own(b), own(c), own(d)];
        const order = sign(structuralOrder(first, second));
        expect(sign(compareValues(first, second))).toBe(order);
        expect(sign(Buffer.compare(keyOf(first), keyOf(second)))).toBe(order);
        const joined = (one: Value, other: Value, downwards: boolean): Buffer =>
          written(() => {
            writeKey(one, downwards);
            writeKey(other, downwards);
          });
        const expected = order === 0 ? sign(structuralOrder(third, fourth)) : order;
        expect(sign(Buffer.compare(joined(first, third, false), joined(second, fourth, false)))).toBe(
          expected,
        );
        expect(sign(Buffer.compare(joined(first, third, true), joined(second, fourth, true)))).toBe(
          expected === 0 ? 0 : -expected,
        );
      }),
      { numRuns: 6000 },
    );
  });

  it('compare in a total order', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const [first, second, third] = [own(a), own(b), own(c)];
        expect(sign(compareValues(first, second))).toBe(0 - sign(compareValues(second, first)));
        if (compareValues(first, second) <= 0 && compareValues(second, third) <= 0)
          expect(compareValues(first, third)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a truncated document', Buffer.from([10, 0, 0, 0, 16])],
    ['a length that lies', Buffer.from([6, 0, 0, 0, 0, 0])],
    ['an unknown type', Buffer.from([8, 0, 0, 0, 0x55, 97, 0, 0])],
    ['text that is not UTF-8', Buffer.from([14, 0, 0, 0, 2, 97, 0, 2, 0, 0, 0, 0xff, 0, 0])],
    ['a deprecated type', Buffer.from([8, 0, 0, 0, 6, 97, 0, 0])],
    [
      'a type that nothing here stores',
      Buffer.from([24, 0, 0, 0, 0x13, 97, 0, ...Array<number>(16).fill(0), 0]),
    ],
    ['a name that comes twice', Buffer.from([11, 0, 0, 0, 10, 97, 0, 10, 97, 0, 0])],
  ])('refuse %s', (_, bytes) => {
    expect(() => decodeDocument(bytes)).toThrow();
  });
});
