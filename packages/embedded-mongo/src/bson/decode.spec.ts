import { serialize } from 'bson';
import { decodeDocument } from './decode.js';
import { encodeDocument } from './encode.js';

/** More names than are known at once, of which many share a place. */
const MANY = Array.from({ length: 5000 }, (_, index) => `name${index}`);

describe('names of fields', () => {
  it('are what the bytes say, however many there are and whichever were read before', () => {
    for (let time = 0; time < 2; time++)
      for (let from = 0; from < MANY.length; from += 500) {
        const names = MANY.slice(from, from + 500);
        const bytes = Buffer.from(serialize(Object.fromEntries(names.map((name) => [name, name]))));
        expect([...decodeDocument(bytes)]).toEqual(names.map((name) => [name, name]));
      }
  });

  it.each(['', 'a', 'é', 'a\u{1f600}', 'x'.repeat(32), 'x'.repeat(33), 'y'.repeat(500), '\u0001', '\u007f'])(
    'are read and written as they are: %j',
    (name) => {
      for (const text of [name, `${name}z`, `z${name}`]) {
        const bytes = Buffer.from(serialize({ [text]: { [text]: text } }));
        const document = decodeDocument(bytes);
        expect([...document.keys()]).toEqual([text]);
        expect(encodeDocument(document).equals(bytes)).toBe(true);
      }
    },
  );

  it.each([
    ['a name that does not end', [0x0a, 0x61]],
    ['a name that is not UTF-8', [0x0a, 0xc3, 0x28, 0x00, 0x00]],
  ])('refuses %s', (_, content) => {
    const bytes = Buffer.from([0, 0, 0, 0, ...content]);
    bytes.writeInt32LE(bytes.length);
    expect(() => decodeDocument(bytes)).toThrow('Invalid BSON');
  });
});

describe('texts', () => {
  it('of every length and kind are what the bytes say', () => {
    for (const unit of ['a', 'é', '\u{1f600}', 'a\u0000', '\ufffd'])
      for (let length = 0; length < 60; length++) {
        const bytes = Buffer.from(serialize({ text: unit.repeat(length) }));
        const document = decodeDocument(bytes);
        expect(document.get('text')).toBe(unit.repeat(length));
        expect(encodeDocument(document).equals(bytes)).toBe(true);
      }
  });

  it('that are not UTF-8 are refused, short ones too', () => {
    const bytes = Buffer.from(serialize({ text: 'abc' }));
    bytes[bytes.indexOf('abc')] = 0xff;
    expect(() => decodeDocument(bytes)).toThrow('text is not valid UTF-8');
  });
});
