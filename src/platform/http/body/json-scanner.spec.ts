import { JsonScanner, MAX_JSON_DEPTH_LEVELS, MAX_JSON_TOKENS } from './json-scanner.js';

/** What a scanner says of `text`, given in pieces of `size` bytes. */
function refusalOf(text: string, size: number): string | undefined {
  const scanner = new JsonScanner();
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; at += size) scanner.scan(bytes.subarray(at, at + size));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('JsonScanner', () => {
  it.each([1, 2, 3, 7, 10_000])('counts levels, however the bytes are cut (%d)', (size) => {
    expect(refusalOf(deep(MAX_JSON_DEPTH_LEVELS), size)).toBeUndefined();
    expect(refusalOf(deep(MAX_JSON_DEPTH_LEVELS + 1), size)).toMatch(/64 levels/);
    // One after the other they are not nested.
    expect(refusalOf(`[${Array(100).fill('{"a":[]}').join(',')}]`, size)).toBeUndefined();
  });

  it.each([1, 2, 3, 7, 10_000])('does not look into strings (%d)', (size) => {
    for (const inside of ['[', '\\"[', '\\\\\\"{', '\\\\', 'ü\\u005b['])
      expect(refusalOf(`["${inside.repeat(100)}"]`, size)).toBeUndefined();
    // The string ends after an even number of backslashes.
    expect(refusalOf(`["\\\\",${'['.repeat(MAX_JSON_DEPTH_LEVELS)}`, size)).toMatch(/64 levels/);
    expect(refusalOf(`["\\\\\\"",${'['.repeat(MAX_JSON_DEPTH_LEVELS)}`, size)).toMatch(/64 levels/);
    expect(refusalOf(`["\\",${'['.repeat(MAX_JSON_DEPTH_LEVELS)}`, size)).toBeUndefined();
  });

  it('counts values', () => {
    expect(refusalOf(`[1${',1'.repeat(MAX_JSON_TOKENS - 1)}]`, 65_536)).toBeUndefined();
    expect(refusalOf(`[1${',1'.repeat(MAX_JSON_TOKENS)}]`, 65_536)).toMatch(/200000 values/);
    expect(refusalOf('[' + '{},'.repeat(MAX_JSON_TOKENS), 65_536)).toMatch(/200000 values/);
  });
});
