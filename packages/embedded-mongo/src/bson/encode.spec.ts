import { deserialize } from 'bson';
import { encodeDocument } from './encode.js';
import type { Value } from './values.js';

/** The encoder's buffer begins with 64 KiB and doubles; it outlives each call. */
const FIRST_SIZE = 1 << 16;

describe('encodeDocument', () => {
  it('keeps every byte when its buffer grows in the middle of a value', () => {
    // Lengths around each growth, so that it falls on names, on contents and on nested documents.
    for (let size = FIRST_SIZE; size <= FIRST_SIZE * 8; size *= 2) {
      const filler = 'x'.repeat(Math.floor(size / 3) - 64);
      const inner = new Map<string, Value>(
        Array.from({ length: 40 }, (_, index) => [`k${index}`, `v${index}`]),
      );
      const document = new Map<string, Value>([
        ['filler', filler],
        ['text', filler],
        ['inner', inner],
        ['list', [inner, filler, inner]],
      ]);
      const expected = { inner: Object.fromEntries(inner), filler };
      expect(deserialize(encodeDocument(document))).toEqual({
        filler,
        text: filler,
        inner: expected.inner,
        list: [expected.inner, filler, expected.inner],
      });
    }
  });
});
