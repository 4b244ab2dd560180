import { bucketsKeyOf } from './buckets-key.js';

describe('bucketsKeyOf', () => {
  it('is the same for the same buckets, and for no others', () => {
    expect(bucketsKeyOf(['a', 'b'])).toBe(bucketsKeyOf(['b', 'a', 'b']));
    const others = [['a'], ['a', 'b', 'c'], ['a,b'], ['a","b'], ['ab'], ['A', 'b']].map(bucketsKeyOf);
    expect(new Set([bucketsKeyOf(['a', 'b']), ...others]).size).toBe(others.length + 1);
  });

  it('is not there without buckets', () => {
    expect([bucketsKeyOf(), bucketsKeyOf([])]).toEqual([undefined, undefined]);
  });
});
