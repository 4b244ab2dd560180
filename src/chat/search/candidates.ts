import type { SearchIndexStore } from './search-index.store.port.js';

/** What the candidates of one request rest on. */
export type CandidateSource = Pick<SearchIndexStore, 'placesOf' | 'having'>;

/** When a request has looked at so many places of the index, its page ends and the next goes on. They are read from the index alone. */
export const MAX_PLACES_PER_SEARCH = 10_000;
/** Of each term, at first: mostly more than a page shows. */
const PLACES_AT_FIRST = 100;
/** Of each term, by one query, at most. */
const MAX_PLACES_AT_ONCE = 1000;
/** By how much more are read next time when they were too few. */
const GROWTH = 3;

interface TermPlaces {
  readonly term: string;
  readonly places: readonly number[];
  /** The last place that is known of it; all that are less may have it. */
  readonly reach: number;
}

/**
 * The places of the entries that have all of some terms, newest first. The newest of each term are read; those of the rarest, which reach back the furthest, are
 * narrowed by the others: where these reach as far, in memory, and behind by one query each.
 */
export class Candidates {
  private found: number[] = [];
  private looked = 0;
  private atOnce = PLACES_AT_FIRST;
  private isExhausted = false;

  /**
   * @param terms at least one
   * @param behind only lesser places are candidates
   */
  constructor(
    private readonly source: CandidateSource,
    private readonly userId: string,
    private readonly terms: readonly string[],
    private behind: number | undefined,
    private readonly most = MAX_PLACES_PER_SEARCH,
  ) {}

  /** The next ones; none at the end, and when enough was looked at. */
  async next(count: number): Promise<readonly number[]> {
    while (this.found.length === 0 && !this.isExhausted && this.looked < this.most) await this.lookFurther();
    const next = this.found.slice(0, count);
    this.found = this.found.slice(count);
    return next;
  }

  /** @param last the last one that was shown or found to be none; undefined: none was. @returns behind which place the next page goes on; undefined: there is none */
  goesOnBehind(last: number | undefined): number | undefined {
    if (this.found.length > 0) return last;
    return this.isExhausted ? undefined : this.behind;
  }

  private async lookFurther(): Promise<void> {
    const limit = this.atOnce;
    this.atOnce = Math.min(this.atOnce * GROWTH, MAX_PLACES_AT_ONCE);
    const all = await Promise.all(this.terms.map((term) => this.read(term, limit)));
    const [rarest, ...others] = all.sort((a, b) => a.reach - b.reach || a.places.length - b.places.length);
    if (rarest === undefined) return;
    let left = rarest.places;
    for (const { term, places, reach } of others) {
      const near = new Set(places);
      const far = left.filter((place) => place < reach);
      const having = await this.having(term, far);
      left = left.filter((place) => (place < reach ? having : near).has(place));
    }
    // Two entries at one place are read together.
    this.found = [...new Set(left)];
    this.behind = rarest.places.at(-1) ?? this.behind;
    this.isExhausted = rarest.reach === -Infinity;
  }

  private async read(term: string, limit: number): Promise<TermPlaces> {
    const places = await this.source.placesOf(this.userId, term, limit, this.behind);
    this.looked += places.length;
    return { term, places, reach: places.length < limit ? -Infinity : (places.at(-1) ?? -Infinity) };
  }

  private async having(term: string, places: readonly number[]): Promise<ReadonlySet<number>> {
    if (places.length === 0) return new Set();
    this.looked += places.length;
    return this.source.having(this.userId, places, term);
  }
}
