import { Candidates } from '../../src/chat/search/candidates.js';
import { orderOf, type SearchEntry } from '../../src/chat/search/search-index.store.port.js';
import { newId } from '../../src/platform/ids.js';
import { CHAT_MODELS } from '../../src/persistence/chat/index.js';
import type { MongooseSearchIndexStore } from '../../src/persistence/chat/mongoose-search-index.store.js';
import { searchIndexStoreOn } from './support/search-index-store.js';
import { openTestDatabase, type TestDatabase } from './support/test-database.js';

const ENTRIES = 1500;
const USER = 'ada';

/** Of each entry by its number: how often a term comes is in its name. */
const TERMS: Readonly<Record<string, (n: number) => boolean>> = {
  all: () => true,
  half: (n) => n % 2 === 0,
  otherHalf: (n) => n % 2 === 1,
  third: (n) => n % 3 === 0,
  old: (n) => n < 40,
  new: (n) => n >= ENTRIES - 40,
  oldHalf: (n) => n < ENTRIES / 2,
  newHalf: (n) => n >= ENTRIES / 2,
  one: (n) => n === 700,
  none: () => false,
};

describe('Candidates of a search', () => {
  let database: TestDatabase;
  let store: MongooseSearchIndexStore;
  let entries: SearchEntry[];

  beforeAll(async () => {
    database = await openTestDatabase(CHAT_MODELS);
    store = searchIndexStoreOn(database);
    entries = Array.from({ length: ENTRIES }, (_, n) => {
      const at = new Date(1_790_000_000_000 + n);
      const id = newId(at.getTime());
      return {
        ...{ id, tenantId: 'default', userId: USER, sessionId: 'session', kind: 'turn', messageIds: [] },
        terms: Object.keys(TERMS).filter((term) => TERMS[term]?.(n)),
        // Two at one place now and then.
        order: orderOf(n % 50 === 1 ? new Date(at.getTime() - 1) : at, '000'),
      };
    });
    for (let from = 0; from < ENTRIES; from += 100) await store.add(entries.slice(from, from + 100));
  });
  afterAll(() => database.close());

  /** All of them, by pages, each of which is a request of its own. @returns how many requests it took, too */
  async function allOf(terms: readonly string[], perPage: number) {
    const places: number[] = [];
    let requests = 0;
    for (let behind: number | undefined, isMore = true; isMore; requests++) {
      const candidates = new Candidates(store, USER, terms, behind);
      const page = await candidates.next(perPage);
      places.push(...page);
      behind = candidates.goesOnBehind(page.at(-1));
      isMore = behind !== undefined;
    }
    return { places, requests };
  }

  it.each([
    [['all']],
    [['half', 'third']],
    [['third', 'all', 'half']],
    [['all', 'one']],
    [['old', 'half']],
    [['new', 'third']],
    [['old', 'new']],
    [['half', 'otherHalf']],
    [['oldHalf', 'newHalf']],
    [['newHalf', 'all', 'oldHalf', 'third']],
    [['none']],
    [['all', 'none']],
  ])('are all that have %j, newest first, each once', async (terms) => {
    const having = (term: string) =>
      new Set(entries.filter((entry) => entry.terms.includes(term)).map(({ order }) => order));
    // Two entries at one place are told apart when they are read.
    const sets = terms.map(having);
    const all = [...new Set(entries.map(({ order }) => order))].sort((a, b) => b - a);
    const places = all.filter((place) => sets.every((set) => set.has(place)));
    for (const perPage of [7, 120]) expect((await allOf(terms, perPage)).places).toEqual(places);
  });

  it('looks at a bounded number of places, and says where the next page goes on', async () => {
    let looked = 0;
    const counting = {
      placesOf: async (...wanted: Parameters<MongooseSearchIndexStore['placesOf']>) => {
        const places = await store.placesOf(...wanted);
        looked += places.length;
        return places;
      },
      having: (...wanted: Parameters<MongooseSearchIndexStore['having']>) => store.having(...wanted),
    };
    // Both have many, and none together.
    const candidates = new Candidates(counting, USER, ['newHalf', 'oldHalf'], undefined, 150);
    expect(await candidates.next(20)).toEqual([]);
    expect(looked).toBe(200);
    const behind = candidates.goesOnBehind(undefined) ?? 0;
    expect(behind).toBeLessThan(entries[660]?.order ?? 0);
    expect(behind).toBeGreaterThan(entries[640]?.order ?? Infinity);
  });
});
