import type { Transport } from '../http/transport.js';
import type { Page, PageRequest, SearchResult } from './types.js';

/** Finding what was said. */
export class SearchApi {
  constructor(private readonly transport: Transport) {}

  /**
   * Titles and messages that have all these words, newest first. A page may be short or empty and yet have a next one; a session that has more
   * matches than fit comes again on a later page.
   * @throws TollgateError `validation_failed` for a text without words
   */
  find(text: string, { limit, after }: PageRequest = {}, signal?: AbortSignal): Promise<Page<SearchResult>> {
    return this.transport.json({ path: '/search', query: { q: text, limit, after }, signal });
  }
}
