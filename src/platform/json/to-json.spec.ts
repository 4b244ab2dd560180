import { toJson } from './to-json.js';

describe('toJson', () => {
  it('escapes every line end of Unicode', () => {
    expect(toJson({ 'a\u2028': 'b\u2029c\u0085d' })).toBe('{"a\\u2028":"b\\u2029c\\u0085d"}');
  });

  it('means the same', () => {
    const text = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
    expect(JSON.parse(toJson({ text }))).toEqual({ text });
  });

  it('is one line by any rule', () => {
    // All that `str.splitlines` splits at.
    const lineEnds = '\n\v\f\r\u001c\u001d\u001e\u0085\u2028\u2029';
    const json = toJson([lineEnds, { [lineEnds]: 1 }]);
    expect([...lineEnds].filter((character) => json.includes(character))).toEqual([]);
  });

  it.each([['text'], [{ a: [1, null, 'é 🙂'] }], [null], [1.5]])(
    'is what JSON.stringify says of %j',
    (value) => {
      expect(toJson(value)).toBe(JSON.stringify(value));
    },
  );
});
