import { percentile } from '../lib/stats.mjs';
import { progress } from '../lib/progress.mjs';

/** Runs `once` so often, one after the other. @returns the name, p50, p99, most and number of its milliseconds as a table's row */
export async function repeat(name, times, once) {
  const values = [];
  for (let time = 0; time < times; time++) values.push(await once(time));
  return rowOf(name, values);
}

export function rowOf(name, values) {
  const row = [
    name,
    percentile(values, 0.5),
    percentile(values, 0.99),
    Math.max(...values),
    String(values.length),
  ];
  progress(`${name}: p50 ${row[1].toFixed(1)} ms, p99 ${row[2].toFixed(1)} ms`);
  return row;
}
