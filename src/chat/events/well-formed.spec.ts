import { wellFormed, wellFormedValue } from './well-formed.js';

describe('wellFormed', () => {
  it('replaces half characters in their place, and nothing else', () => {
    expect(wellFormed('a\ud83db\ude00😀\0\u2028')).toBe('a\uFFFDb\uFFFD😀\0\u2028');
  });

  it('does so in all that a value holds, and takes NUL out of names', () => {
    const value = { ['a\0\ud83d']: [{ b: '\ude00', c: 1, d: null }] };
    expect(wellFormedValue(value)).toEqual({ ['a\uFFFD\uFFFD']: [{ b: '\uFFFD', c: 1, d: null }] });
  });

  it('leaves a value alone in which there is nothing to do', () => {
    const value = { a: ['😀', 'ü'] };
    expect(wellFormedValue(value)).toBe(value);
  });
});
