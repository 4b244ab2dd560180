import type { Random } from '../../faults/random.js';
import type { Mishap } from './mishaps.js';

/** How much goes wrong in one world. */
export interface Plan {
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
  readonly seed: string;
}

const KILLS: readonly (readonly [Mishap, kills: number])[] = [
  ['instance killed', 1],
  ['instance killed', 1],
  ['instance killed', 1],
  ['instance killed, and again while it starts', 2],
  ['instance killed', 1],
  ['two instances killed', 2],
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
