import type { Provider } from '@nestjs/common';
import { SearchCatchUp } from './search-catch-up.service.js';
import { SearchIndexer } from './search-indexer.service.js';
import { SearchQueue } from './search-queue.service.js';
import { SearchService } from './search.service.js';
import { SearchTitles } from './search-titles.service.js';

/** What finds messages and titles, and what makes them to be found. */
export const SEARCH_PROVIDERS: Provider[] = [
  SearchQueue,
  SearchIndexer,
  SearchCatchUp,
  SearchTitles,
  SearchService,
];
