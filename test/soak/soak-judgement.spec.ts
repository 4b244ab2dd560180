import { judge, tableOf, type Look } from './soak-judgement.js';
import type { Sample } from './soak-world.js';

const MEGABYTE = 1024 * 1024;
const TOGETHER = 4;
const AT_REST: Sample = {
  heap: 60 * MEGABYTE,
  external: 40 * MEGABYTE,
  rss: 200 * MEGABYTE,
  descriptors: 80,
  resources: { TCPSocketWrap: 20, Timeout: 6 },
  listeners: 12,
  warnings: [],
};

/** A run of 20,000 turns in 80 looks. @param change what is otherwise when so many turns have ended */
function looksOf(change: (turns: number) => Partial<Sample> = () => ({})): Look[] {
  return Array.from({ length: 80 }, (_, index) => {
    const turns = (index + 1) * 250;
    // Caches fill in the beginning; a collection leaves a little more or less.
    const heap = (70 + Math.min(turns, 4000) / 500 + ((index * 7) % 5) / 10) * MEGABYTE;
    return { ...AT_REST, heap, descriptors: 110 + (index % 9), turns, seconds: index, ...change(turns) };
  });
}

describe('judge', () => {
  it('passes a process that is flat behind its warm-up', () => {
    expect(judge(looksOf(), TOGETHER, AT_REST, AT_REST)).toEqual([]);
  });

  it.each<[string, (turns: number) => Partial<Sample>, RegExp]>([
    [
      'a kilobyte of each turn',
      (turns) => ({ heap: 70 * MEGABYTE + turns * 1024 }),
      /^the heap after GC .* grows/,
    ],
    [
      'buffers beside the heap',
      (turns) => ({ rss: 200 * MEGABYTE + turns * 8192 }),
      /^the resident memory .* grows/,
    ],
    [
      'a socket of every fiftieth turn',
      (turns) => ({ descriptors: 110 + turns / 50 }),
      /^the number of descriptors grows/,
    ],
  ])('finds %s', (_, change, problem) => {
    const problems = judge(looksOf(change), TOGETHER, AT_REST, AT_REST);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it.each<[string, Partial<Sample>, RegExp]>([
    ['sockets that stay open', { descriptors: 100 }, /^100 descriptors are left/],
    ['timers that stay', { resources: { Timeout: 60 } }, /^60 handles and timers are left/],
    ['a listener on the process', { listeners: 13 }, /^13 listeners of the process are left/],
    [
      'the warning of Node',
      { warnings: ['MaxListenersExceededWarning: 11 abort listeners added', 'DeprecationWarning: old'] },
      /^the process warned: MaxListeners/,
    ],
  ])('finds %s', (_, change, problem) => {
    const problems = judge(looksOf(), TOGETHER, AT_REST, { ...AT_REST, ...change });
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe('tableOf', () => {
  it('has a line for each thousand turns, one before and behind them, and the slopes', () => {
    const lines = tableOf(looksOf(), TOGETHER, { base: AT_REST, rest: AT_REST }).split('\n');
    expect(lines).toHaveLength(2 + 1 + 20 + 2);
    expect(lines[3]).toMatch(/^\| 1000 \| 3 \|/);
    expect(lines.at(-1)).toMatch(/^\| per 1000 turns \| {2}\| /);
  });
});
