/** One look at the process: how many turns had ended by then, and a figure. */
export interface Point {
  readonly turns: number;
  readonly value: number;
}

/** By how much a figure grows with each turn, and between what the truth lies with 95 % confidence. */
export interface Slope {
  readonly perTurn: number;
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % of the normal distribution. */
const Z = 1.96;
/** Below this the interval means nothing. */
const FEWEST_POINTS = 8;

/**
 * The slope of Theil and Sen: the median of the slopes between any two points. A garbage collection that came late, or a second in which the machine did
 * something else, moves it little; a least-squares line would follow them. The interval is Sen's, from the variance of Kendall's statistic; it takes the points
 * for independent, so they should be medians of several looks.
 * @throws Error for too few points
 * @see P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, 1968
 */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < FEWEST_POINTS) throw new Error(`${n} points are too few for a slope`);
  const slopes = points
    .flatMap((from, index) =>
      points.slice(index + 1).map((to) => (to.value - from.value) / (to.turns - from.turns)),
    )
    .sort((a, b) => a - b);
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (index: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, index))] ?? NaN;
  return {
    perTurn: medianOf(slopes),
    low: at(Math.floor((slopes.length - spread) / 2) - 1),
    high: at(Math.ceil((slopes.length + spread) / 2)),
  };
}

/** The middle of the values, between two of them where their number is even; NaN for none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}

/** The medians of neighbouring points, so many of them to one. What is left over at the end makes one more if it is at least half of that. */
export function mediansOf(points: readonly Point[], together: number): Point[] {
  const groups: Point[][] = [];
  for (let start = 0; start < points.length; start += together)
    groups.push(points.slice(start, start + together));
  return groups
    .filter(({ length }) => length >= together / 2)
    .map((group) => ({
      turns: medianOf(group.map(({ turns }) => turns)),
      value: medianOf(group.map(({ value }) => value)),
    }));
}

/**
 * Whether a figure is known to be flat: with 95 % confidence it grows by less than the limit. One that is too noisy to tell is not known to be.
 * @param limit for each turn
 * @returns what is wrong, or undefined
 */
export function growthIn(name: string, points: readonly Point[], limit: number): string | undefined {
  const { perTurn, low, high } = slopeOf(points);
  if (high <= limit) return undefined;
  const [slope, from, to] = [perTurn, low, high].map((value) => value.toFixed(1));
  return low > 0
    ? `${name} grows by ${slope} a turn (95 %: ${from} to ${to}), allowed are ${limit}`
    : `${name} is too unsteady to be called flat: ${slope} a turn (95 %: ${from} to ${to}), allowed are ${limit}`;
}
