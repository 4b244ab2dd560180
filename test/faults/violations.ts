/** What the product promises never happens. */
export const VIOLATIONS = [
  'lost',
  'double charge',
  'stuck hold',
  'gap',
  'duplicate',
  'drift',
  'leak',
  'overspend',
  'other',
] as const;
export type ViolationKind = (typeof VIOLATIONS)[number];

const MAX_DETAILS = 20;
/** Characters. */
const MOST_SHOWN = 1000;

/** Counts broken promises and keeps the first with all that is known about them. */
export class Violations {
  private readonly counts = new Map<ViolationKind, number>();
  readonly details: string[] = [];

  /** @param report gets each as a line; a shortened one on standard output by default */
  constructor(
    private readonly report: (line: string) => void = (line) =>
      process.stdout.write(`${line.slice(0, MOST_SHOWN)}\n`),
  ) {}

  add(kind: ViolationKind, what: string, facts: unknown = {}): void {
    this.counts.set(kind, this.of(kind) + 1);
    const detail = `${kind}: ${what} ${JSON.stringify(facts, withoutTokens)}`;
    if (this.details.length < MAX_DETAILS) this.details.push(detail);
    this.report(`  VIOLATION ${detail}\n`);
  }

  of(kind: ViolationKind): number {
    return this.counts.get(kind) ?? 0;
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

function withoutTokens(name: string, value: unknown): unknown {
  return name === 'token' ? undefined : value;
}
