import { growthIn, medianOf, mediansOf, slopeOf } from './flatness.js';
import type { Sample } from './soak-world.js';

/** A sample under load, when so many turns had begun. */
export interface Look extends Sample {
  readonly turns: number;
  readonly seconds: number;
}

/** How much may be left of each turn, and of all. Whatever is kept of a turn by mistake is its question and answer, some kilobytes; or a closure, hundreds of bytes. */
export const LIMITS = {
  heapBytesPerTurn: 256,
  /** Beside the heap: buffers, and the caches of the embedded database. The allocator gives back little, so that it moves in steps. */
  rssBytesPerTurn: 2048,
  /** One in two hundred turns. */
  descriptorsPerTurn: 0.005,
  /** More at rest than before: connections to the database that the first load did not need. */
  descriptorsMore: 8,
  resourcesMore: 12,
  unexpectedShare: 0.01,
} as const;

/** In the beginning caches fill and code is made: the ended turns that are kept at hand are a thousand. */
const WARM_UP_SHARE = 0.25;

const MEGABYTE = 1024 * 1024;
const COLUMNS = {
  'heap after GC, MB': ({ heap }: Sample) => heap / MEGABYTE,
  'RSS, MB': ({ rss }: Sample) => rss / MEGABYTE,
  'beside the heap, MB': ({ external }: Sample) => external / MEGABYTE,
  descriptors: ({ descriptors }: Sample) => descriptors,
  'handles and timers': (sample: Sample) => resourcesOf(sample),
  'listeners of the process': ({ listeners }: Sample) => listeners,
} as const;

/** @param base before the load, at rest @param rest behind it @returns what is not flat */
export function judge(looks: readonly Look[], together: number, base: Sample, rest: Sample): string[] {
  const warm = warmOf(looks);
  const pointsOf = (value: (sample: Sample) => number) =>
    mediansOf(
      warm.map((look) => ({ turns: look.turns, value: value(look) })),
      together,
    );
  const grows = [
    growthIn(
      'the heap after GC (bytes)',
      pointsOf(({ heap }) => heap),
      LIMITS.heapBytesPerTurn,
    ),
    growthIn(
      'the resident memory (bytes)',
      pointsOf(({ rss }) => rss),
      LIMITS.rssBytesPerTurn,
    ),
    growthIn(
      'the number of descriptors',
      pointsOf(({ descriptors }) => descriptors),
      LIMITS.descriptorsPerTurn,
    ),
  ];
  const left = [
    moreThan('descriptors', base.descriptors, rest.descriptors, LIMITS.descriptorsMore),
    moreThan('handles and timers', resourcesOf(base), resourcesOf(rest), LIMITS.resourcesMore),
    moreThan('listeners of the process', base.listeners, rest.listeners, 0),
  ];
  const warnings = rest.warnings
    .filter((warning) => warning.includes('MaxListenersExceeded'))
    .map((warning) => `the process warned: ${warning}`);
  return [...[...grows, ...left].filter((problem) => problem !== undefined), ...warnings];
}

/** By lines of the load, with what there was before and behind it, and the slopes behind the warm-up. */
export function tableOf(
  looks: readonly Look[],
  together: number,
  { base, rest }: { readonly base: Sample; readonly rest: Sample },
): string {
  const figures = Object.values(COLUMNS);
  const lines: string[][] = [['before, at rest', '', ...figures.map((value) => text(value(base)))]];
  for (let start = 0; start < looks.length; start += together) {
    const group = looks.slice(start, start + together);
    const last = group.at(-1);
    if (last === undefined) continue;
    lines.push([
      String(last.turns),
      last.seconds.toFixed(0),
      ...figures.map((value) => text(medianOf(group.map(value)))),
    ]);
  }
  lines.push(['behind, at rest', '', ...figures.map((value) => text(value(rest)))]);
  lines.push(['per 1000 turns', '', ...figures.map((value) => slopeText(looks, together, value))]);
  const head = ['turns', 'seconds', ...Object.keys(COLUMNS)];
  return [head, head.map(() => '---:'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The last look, for whoever waits. */
export function progressOf(looks: readonly Look[]): string {
  const last = looks.at(-1);
  if (last === undefined) return '';
  const { turns, seconds, heap, rss, descriptors } = last;
  const [heapMb, rssMb] = [heap, rss].map((bytes) => (bytes / MEGABYTE).toFixed(0));
  return `${turns} turns in ${seconds.toFixed(0)} s: heap ${heapMb} MB, RSS ${rssMb} MB, ${descriptors} descriptors`;
}

function slopeText(looks: readonly Look[], together: number, value: (sample: Sample) => number): string {
  const points = warmOf(looks).map((look) => ({ turns: look.turns, value: value(look) }));
  const { perTurn, low, high } = slopeOf(mediansOf(points, together));
  const [slope, from, to] = [perTurn, low, high].map((one) => (one * 1000).toFixed(2));
  return `${slope} (${from} to ${to})`;
}

function warmOf(looks: readonly Look[]): readonly Look[] {
  return looks.slice(Math.floor(looks.length * WARM_UP_SHARE));
}

function moreThan(name: string, before: number, behind: number, allowed: number): string | undefined {
  return behind - before > allowed
    ? `${behind} ${name} are left, before there were ${before}, allowed are ${allowed} more`
    : undefined;
}

function resourcesOf({ resources }: Sample): number {
  return Object.values(resources).reduce((sum, count) => sum + count, 0);
}

function text(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
