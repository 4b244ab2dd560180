import type { Random } from '../../faults/random.js';
import type { Mishap } from './mishaps.js';

/** How much goes wrong in one world, at least. */
export interface WorldSize {
  /** Of instances, at least. */
  readonly kills: number;
  /** Of what happens to Redis. */
  readonly redis: number;
  /** Of an instance from Redis or from the database. */
  readonly partitions: number;
  readonly rollingRestarts: number;
  /** At least as many are asked. */
  readonly turns: number;
  readonly clients: number;
}

/** What is to happen in one world. */
export interface Plan extends WorldSize {
  readonly seed: string;
}

const KILLS: readonly (readonly [Mishap, kills: number])[] = [
  ['instance killed', 1],
  ['two instances killed', 2],
  ['instance killed, and again while it starts', 2],
  ['instance killed', 1],
  ['all instances killed', 3],
  ['instance killed', 1],
];
const REDIS: readonly Mishap[] = [
  'Redis killed and started again',
  'clients of Redis cut',
  'Redis frozen',
  'Redis flushed',
];
const PARTITIONS: readonly Mishap[] = [
  'cut off from the database for more than a lease',
  'cut off from Redis for more than a lease',
  'cut off from the database for less than a lease',
  'cut off from Redis for less than a lease',
];

/** What goes wrong, in the order that the seed gives it. */
export function scheduleOf(plan: Plan, random: Random): readonly Mishap[] {
  const kills: Mishap[] = [];
  for (let left = plan.kills; left > 0;) {
    const [mishap, count] = KILLS[kills.length % KILLS.length] ?? KILLS[0]!;
    kills.push(mishap);
    left -= count;
  }
  const all = [
    ...kills,
    ...turning(REDIS, plan.redis),
    ...turning(PARTITIONS, plan.partitions),
    ...turning(['rolling restart'], plan.rollingRestarts),
  ];
  return all
    .map((mishap) => ({ mishap, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ mishap }) => mishap);
}

function turning(kinds: readonly Mishap[], count: number): Mishap[] {
  return Array.from({ length: count }, (_, index) => kinds[index % kinds.length]!);
}

/**
 * The next of the worlds that together have as many kills. One that was begun and has no outcome, because the run was ended, is begun anew.
 * @param begun kills by the seeds of their worlds
 */
export function nextWorld(
  seed: string,
  begun: ReadonlyMap<string, number>,
  kills: number,
  killsOfOne: number,
): { readonly seed: string; readonly kills: number } | undefined {
  const left = kills - [...begun.values()].reduce((sum, count) => sum + count, 0);
  if (left <= 0) return undefined;
  let number = 0;
  while (begun.has(`${seed}-${number}`)) number++;
  return { seed: `${seed}-${number}`, kills: Math.min(killsOfOne, left) };
}
