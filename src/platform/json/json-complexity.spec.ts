import { isTooComplex, MAX_JSON_DEPTH, MAX_JSON_VALUES } from './json-complexity.js';

const nested = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);
const list = (values: number) => JSON.stringify(Array.from({ length: values - 1 }, () => 0));

describe('isTooComplex', () => {
  it('is what has more levels or values than is parsed', () => {
    expect([nested(MAX_JSON_DEPTH), nested(MAX_JSON_DEPTH + 1)].map(isTooComplex)).toEqual([false, true]);
    expect([list(MAX_JSON_VALUES), list(MAX_JSON_VALUES + 1)].map(isTooComplex)).toEqual([false, true]);
    const members = (count: number) => `{${'"a":1,'.repeat(count)}"b":{}}`;
    expect([members(MAX_JSON_VALUES / 3), members(MAX_JSON_VALUES)].map(isTooComplex)).toEqual([false, true]);
  });

  it('is no long text, whatever stands in it', () => {
    const text = '[[[,{{{"\\'.repeat(MAX_JSON_VALUES);
    expect(isTooComplex(JSON.stringify({ event: 'token', data: text }))).toBe(false);
    expect(isTooComplex(JSON.stringify([text, { deep: nested(MAX_JSON_DEPTH) }]))).toBe(false);
  });

  it('sees behind texts, and behind one that has no end nothing', () => {
    expect(isTooComplex(`["a\\\\","\\"]",${nested(MAX_JSON_DEPTH + 1)}]`)).toBe(true);
    expect(isTooComplex(`["a\\",${nested(MAX_JSON_DEPTH + 1)}]`)).toBe(false);
  });
});
