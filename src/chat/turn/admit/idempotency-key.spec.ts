import { AppError } from '../../../platform/errors/app.error.js';
import { hashKey, hashRequest, parseIdempotencyKey } from './idempotency-key.js';

describe('parseIdempotencyKey', () => {
  it('reads a quoted and a bare key alike', () => {
    expect(parseIdempotencyKey('"abc 1"')).toBe('abc 1');
    expect(parseIdempotencyKey('abc 1')).toBe('abc 1');
    expect(parseIdempotencyKey(undefined)).toBeUndefined();
  });

  it.each(['', '""', 'a"b', 'é', 'x'.repeat(256), 'a\u0007b'])('refuses %j', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(AppError);
  });
});

describe('hashRequest', () => {
  /** As it was made when the first hashes were stored. */
  const asStored = (value: unknown): string =>
    hashKey(
      JSON.stringify(value, (_name, member: unknown) =>
        typeof member === 'object' && member !== null && !Array.isArray(member)
          ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
          : member,
      ),
    );

  it.each<[string, unknown]>([
    ['names in any order', { b: 1, a: { d: '2', c: [1, { z: 1, y: 2 }] } }],
    ['what JSON leaves out', { a: undefined, b: [undefined, () => 1], c: null }],
    ['names that are numbers', { b: 1, 10: 1, 9: 1, '01': 1, '-1': 1, a: { 2: 1, 1: 1, x: 1 } }],
    ['names and texts that JSON escapes', { 'a"b': '\u2028\n"', é: '\ud800', __proto: { x: 1 } }],
    ['values with a JSON of their own', { at: new Date(0), many: [new Date(1)], n: NaN, z: -0 }],
    ['members that are called as that of a date is', { toJSON: null, a: { toJSON: { value: 1 } } }],
    ['nothing', {}],
    ['a name like a prototype', JSON.parse('{"b":1,"__proto__":{"b":1,"a":2}}')],
  ])('is the one that is stored already: %s', (_, value) => {
    expect(hashRequest(value)).toBe(asStored(value));
  });

  it('does not depend on the order of members, but on everything else', () => {
    const hash = hashRequest({ a: 1, b: { c: [1, 2], d: 'x' } });
    expect(hashRequest({ b: { d: 'x', c: [1, 2] }, a: 1 })).toBe(hash);
    expect(hashRequest({ b: { d: 'x', c: [2, 1] }, a: 1 })).not.toBe(hash);
    expect(hashRequest({ a: 1, b: { c: [1, 2], d: 'y' } })).not.toBe(hash);
  });
});
