import { StreamGaps } from './stream-gaps.js';

const gapsOf = (...gaps: readonly number[]): StreamGaps => {
  const recorded = new StreamGaps();
  gaps.forEach((gap) => recorded.record(gap));
  return recorded;
};

describe('StreamGaps', () => {
  it('knows nothing before the first gap', () => {
    expect(gapsOf()).toMatchObject({ longest: 0, median: 0 });
  });

  it('knows the longest and the median exactly while they are short', () => {
    expect(gapsOf(5, 1, 9)).toMatchObject({ longest: 9, median: 5 });
    expect(gapsOf(0, 0, 0, 63)).toMatchObject({ longest: 63, median: 0 });
  });

  it.each([64, 100, 999, 15_000, 600_000])('knows a median of %s ms within 5 %', (gap) => {
    const { median, longest } = gapsOf(gap, gap, gap);
    expect(longest).toBe(gap);
    expect(Math.abs(median - gap) / gap).toBeLessThanOrEqual(0.05);
  });

  it('bears a clock that goes back, and silences of days', () => {
    expect(gapsOf(-5)).toMatchObject({ longest: 0, median: 0 });
    expect(gapsOf(1e9).longest).toBe(1e9);
  });
});
