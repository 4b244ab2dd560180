import { AppError } from '../../../platform/errors/app.error.js';
import { hashRequest, parseIdempotencyKey } from './idempotency-key.js';

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
  it('does not depend on the order of members, but on everything else', () => {
    const hash = hashRequest({ a: 1, b: { c: [1, 2], d: 'x' } });
    expect(hashRequest({ b: { d: 'x', c: [1, 2] }, a: 1 })).toBe(hash);
    expect(hashRequest({ b: { d: 'x', c: [2, 1] }, a: 1 })).not.toBe(hash);
    expect(hashRequest({ a: 1, b: { c: [1, 2], d: 'y' } })).not.toBe(hash);
  });
});
