/** The value below which `share` of the values lie; NaN for none. */
export function percentile(values, share) {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => percentile(values, 0.5);

/** What the median behind some values exceeds in one of twenty runs at most, whatever their distribution: one of the values; NaN when there are fewer than five. */
export function upperBoundOfMedian(values) {
  const sorted = [...values].sort((a, b) => a - b);
  // So likely it is that `rank` of the values or more lie below the median.
  let likelihood = 0;
  let ways = 1;
  for (let rank = sorted.length; rank > 0; rank--) {
    likelihood += ways / 2 ** sorted.length;
    if (likelihood > 0.05) return rank < sorted.length ? sorted[rank] : NaN;
    ways = (ways * rank) / (sorted.length - rank + 1);
  }
  return NaN;
}

/** A figure with as many digits as mean something. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
