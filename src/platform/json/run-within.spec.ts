import { runWithin } from './run-within.js';

describe('runWithin', () => {
  it('gives what was made of it, and what was thrown', () => {
    expect(runWithin(60_000, () => ({ a: 1 }))).toEqual({ a: 1 });
    const bug = new TypeError('x');
    expect(() =>
      runWithin(60_000, () => {
        throw bug;
      }),
    ).toThrow(bug);
  });

  it('cuts off what would never end, and goes on', () => {
    let turns = 0;
    const endless = (): never => {
      for (;;) turns += 1;
    };
    // On a busy machine a short time may be over before it has begun: that is cut off too.
    for (let ms = 5; turns === 0; ms *= 2) expect(runWithin(ms, endless)).toBeUndefined();
    expect(runWithin(60_000, () => 'next')).toBe('next');
  });

  it('cuts off a regular expression that takes years', () => {
    expect(runWithin(5, () => /^(a+)+$/.test(`${'a'.repeat(60)}b`))).toBeUndefined();
  });
});
