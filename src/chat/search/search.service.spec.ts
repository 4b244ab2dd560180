import type { HistoryStore } from '../records/history.store.port.js';
import type { SearchIndexStore } from './search-index.store.port.js';
import { SearchService } from './search.service.js';

describe('a search', () => {
  it('skips nothing where two entries stand at one place at the border of a page', async () => {
    const entry = (id: string, order: number) => ({
      ...{ id, userId: 'ada', sessionId: 's', kind: 'turn' as const, messageIds: [id], order },
    });
    const entries = [entry('c', 9), entry('b', 5), entry('a', 5), entry('z', 1)];
    const index = {
      placesOf: (_user: string, _term: string, limit: number, behind = Infinity) =>
        Promise.resolve(
          entries
            .map(({ order }) => order)
            .filter((order) => order < behind)
            .slice(0, limit),
        ),
      entriesAt: (_user: string, places: readonly number[]) =>
        Promise.resolve(entries.filter(({ order }) => places.includes(order))),
    } as unknown as SearchIndexStore;
    const history = {
      findMessages: (_user: string, ids: readonly string[]) =>
        Promise.resolve(ids.map((id) => ({ id, content: 'milk' }))),
      findSessions: () => Promise.resolve([{ id: 's', topic: '' }]),
    } as unknown as HistoryStore;
    const search = new SearchService(index, history);
    const found: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await search.search('ada', 'milk ', 2, after);
      for (const session of page.sessions) for (const one of session.matches) found.push(one.message.id);
      if (page.nextCursor === null) break;
      after = page.nextCursor;
    }
    expect(found.sort()).toEqual(['a', 'b', 'c', 'z']);
  });
});
