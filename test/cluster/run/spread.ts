import { percentile } from '../../faults/result-table.js';

/** A line about measured times. */
export function spread(milliseconds: readonly number[]): string {
  const [median, most] = [0.5, 1].map((share) => Math.round(percentile(milliseconds, share)));
  return `median ${median}, max ${most} of ${milliseconds.length}`;
}
