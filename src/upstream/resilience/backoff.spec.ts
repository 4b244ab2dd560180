import { pauseBefore } from './backoff.js';

describe('the pause before a retry', () => {
  it('doubles up to a bound, a random half of it taken off', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((retry) => pauseBefore(retry, undefined, 1));
    expect(longest).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    const shortest = [1, 2, 3].map((retry) => pauseBefore(retry, undefined, 0));
    expect(shortest).toEqual([125, 250, 500]);
  });

  it('is at least what the upstream asks for, and still not the same for all', () => {
    expect(pauseBefore(1, 3, 0)).toBe(3000);
    expect(pauseBefore(1, 3, 1)).toBe(3125);
  });

  it('is not worth it when the upstream asks for too long a one', () => {
    expect(pauseBefore(1, 10, 0)).toBe(10_000);
    expect(pauseBefore(1, 11, 0)).toBeUndefined();
  });
});
