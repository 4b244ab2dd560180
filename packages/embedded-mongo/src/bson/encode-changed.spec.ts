import { Binary, Double, Int32, Long, ObjectId, serialize, type Document as BsonDocument } from 'bson';
import fc from 'fast-check';
import { applyUpdate } from '../engine/update/apply.js';
import { parseUpdate } from '../engine/update/parse.js';
import { CommandError } from '../errors.js';
import { decodeDocument } from './decode.js';
import { encodeChanged } from './encode-changed.js';
import { encodeDocument } from './encode.js';
import type { Document } from './values.js';

const RUNS = process.env.TEST_SIZE === 'full' ? 4000 : 400;
const UPDATES_PER_RUN = 12;
/** What a run changes at least, on average, or the generated updates are refused too often to show anything. */
const CHANGES_PER_RUN = 2;

const bson = (value: BsonDocument): Document => decodeDocument(Buffer.from(serialize(value)));

const scalar = fc.oneof(
  fc.integer({ min: -2, max: 3 }).map((value) => new Int32(value)),
  fc.constantFrom<unknown>(
    null,
    true,
    '',
    'a',
    'ä€😀',
    'longer than what it stands in the place of',
    new Double(0),
    new Double(-0),
    new Double(NaN),
    Long.fromNumber(7),
    new Date(0),
    new ObjectId('0123456789abcdef01234567'),
    new Binary(Buffer.from([0, 1, 0])),
  ),
);
const element = fc.oneof(scalar, fc.record({ x: scalar, y: scalar }), fc.array(scalar, { maxLength: 2 }));
// Long enough for names of one, two and three digits.
const list = fc.oneof(
  fc.array(element, { maxLength: 13 }),
  fc.array(element, { minLength: 97, maxLength: 104, size: 'max' }),
);
const value = fc.oneof({ weight: 2, arbitrary: list }, scalar, fc.record({ l: list, x: scalar }));
const field = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'a.x', 'b.l', 'b.l.x');
const document = fc.dictionary(field, value, { maxKeys: 4 });
const change = fc.oneof(
  fc.tuple(fc.constant('$push'), path, element),
  fc.tuple(fc.constant('$pull'), path, fc.oneof(scalar, fc.record({ x: scalar }))),
  fc.tuple(fc.constant('$pull'), path, fc.record({ $in: fc.array(scalar, { maxLength: 6 }) })),
  fc.tuple(fc.constantFrom('$set', '$max', '$unset'), path, value),
  fc.tuple(fc.constant('$inc'), path, fc.constantFrom(new Int32(1), new Double(0.5))),
);
const update = fc.oneof(
  { weight: 9, arbitrary: fc.uniqueArray(change, { minLength: 1, maxLength: 3, selector: ([, at]) => at }) },
  { weight: 1, arbitrary: document },
);

function toUpdate(given: BsonDocument | [string, string, unknown][]): BsonDocument {
  if (!Array.isArray(given)) return given;
  const operators: Record<string, Record<string, unknown>> = {};
  for (const [operator, at, operand] of given) (operators[operator] ??= {})[at] = operand;
  return operators;
}

/** The document after the update, or as it was when it is refused. */
function updated(before: Document, given: BsonDocument): Document {
  try {
    return applyUpdate(before, parseUpdate(bson(given)), false);
  } catch (error) {
    if (error instanceof CommandError) return before;
    throw error;
  }
}

describe('encodeChanged', () => {
  it('writes what the whole encoder writes, whatever updates come one after the other', () => {
    let changes = 0;
    fc.assert(
      fc.property(
        document,
        fc.array(update, { minLength: 1, maxLength: UPDATES_PER_RUN }),
        (first, updates) => {
          let before = bson({ _id: 1, ...first });
          let bytes = encodeDocument(before);
          for (const each of updates) {
            const after = updated(before, toUpdate(each));
            const changed = encodeChanged(before, bytes, after);
            expect(changed.equals(encodeDocument(after))).toBe(true);
            if (!changed.equals(bytes)) changes++;
            [before, bytes] = [after, changed];
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(changes / RUNS).toBeGreaterThanOrEqual(CHANGES_PER_RUN);
  });

  it('tells the zeros apart, which are equal to JavaScript', () => {
    const before: Document = new Map([['a', [0, 0]]]);
    const after: Document = new Map([['a', [0, -0]]]);
    expect(encodeChanged(before, encodeDocument(before), after)).toEqual(encodeDocument(after));
  });

  it('refuses bytes that are not what the document says', () => {
    const before = bson({ a: 'x', b: [1, 2] });
    const after: Document = new Map([...before, ['c', null]]);
    expect(() => encodeChanged(before, Buffer.alloc(40, 1), after)).toThrow();
  });
});
