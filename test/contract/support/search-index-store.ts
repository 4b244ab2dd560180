import { MESSAGE_MODEL } from '../../../src/persistence/chat/history.schema.js';
import { MongooseSearchIndexStore } from '../../../src/persistence/chat/mongoose-search-index.store.js';
import { SEARCH_ENTRY_MODEL, SEARCH_STATE_MODEL } from '../../../src/persistence/chat/search.schema.js';
import { TURN_MODEL } from '../../../src/persistence/chat/turn.schema.js';
import type { TestDatabase } from './test-database.js';

/** @param database with the models of chat */
export function searchIndexStoreOn(database: TestDatabase): MongooseSearchIndexStore {
  return new MongooseSearchIndexStore(
    database.model(SEARCH_ENTRY_MODEL),
    database.model(SEARCH_STATE_MODEL),
    database.model(MESSAGE_MODEL),
    database.model(TURN_MODEL),
  );
}
