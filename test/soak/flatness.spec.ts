import { Random } from '../faults/random.js';
import { growthIn, medianOf, mediansOf, slopeOf, type Point } from './flatness.js';

const MEGABYTE = 1024 * 1024;
const LIMIT = 256;

/** The heap of a process at rest after each of 15 thousand turns: 120 MB, give or take one, and what it leaks. */
function heapOf(leakPerTurn: number, seed: string, noise = MEGABYTE): Point[] {
  const random = new Random(seed);
  return Array.from({ length: 15 }, (_, index) => {
    const turns = (index + 5) * 1000;
    const value = 120 * MEGABYTE + noise * (2 * random.next() - 1) + leakPerTurn * turns;
    return { turns, value };
  });
}

const SEEDS = Array.from({ length: 50 }, (_, index) => `heap ${index}`);

describe('growthIn', () => {
  it.each([512, 1024, 8192])('finds a leak of %i bytes a turn behind the noise, every time', (leak) => {
    for (const seed of SEEDS)
      expect(growthIn('heap', heapOf(leak, seed), LIMIT)).toMatch(/^heap (grows|is too)/);
  });

  it('finds a leaked descriptor in twenty turns', () => {
    const points = heapOf(0, 'descriptors').map(({ turns }) => ({ turns, value: 90 + turns / 20 }));
    expect(growthIn('descriptors', points, 0.01)).toBe(
      'descriptors grows by 0.1 a turn (95 %: 0.1 to 0.1), allowed are 0.01',
    );
  });

  it('passes a process that does not leak, nearly always', () => {
    const failed = SEEDS.filter((seed) => growthIn('heap', heapOf(0, seed), LIMIT) !== undefined);
    expect(failed.length).toBeLessThanOrEqual(5);
  });

  it('is not misled by two samples that caught the garbage of a second', () => {
    const points = heapOf(0, 'late', MEGABYTE / 4);
    const late = points.map((point, index) =>
      index === 11 || index === 14 ? { ...point, value: point.value + 80 * MEGABYTE } : point,
    );
    expect(growthIn('heap', late, LIMIT)).toBeUndefined();
  });

  it('says so when it cannot tell', () => {
    expect(growthIn('heap', heapOf(0, 'noisy', 60 * MEGABYTE), LIMIT)).toMatch(
      /^heap is too unsteady to be called flat/,
    );
  });
});

describe('slopeOf', () => {
  it('is exact on a line, and its interval holds the truth of a noisy one', () => {
    const line = heapOf(100, 'line', 0);
    expect(slopeOf(line)).toEqual({ perTurn: 100, low: 100, high: 100 });
    const held = SEEDS.filter((seed) => {
      const { low, high } = slopeOf(heapOf(100, seed));
      return low <= 100 && 100 <= high;
    });
    expect(held.length).toBeGreaterThanOrEqual(44);
  });

  it('refuses to judge a handful of points', () => {
    expect(() => slopeOf(heapOf(0, 'few').slice(0, 7))).toThrow('too few');
  });
});

describe('medians', () => {
  it('are between two values, or one of them', () => {
    expect(medianOf([3, 1, 2])).toBe(2);
    expect(medianOf([4, 1, 2, 3])).toBe(2.5);
  });

  it('are taken of neighbours, and of a rest that is large enough', () => {
    const points = [1, 2, 3, 4, 100, 6, 7].map((value, index) => ({ turns: index, value }));
    expect(mediansOf(points, 4)).toEqual([
      { turns: 1.5, value: 2.5 },
      { turns: 5, value: 7 },
    ]);
    expect(mediansOf(points.slice(0, 5), 4)).toHaveLength(1);
  });
});
