import { type Document } from '../../bson/values.js';
import type { Update } from './parse.js';
/** The document an upsert inserts when nothing matched: the filter's equalities, then the update, then an `_id`. */
export declare function upsertDocument(filter: Document, update: Update): Document;
/** Puts `_id` first, making one when there is none. @throws CommandError for an `_id` that MongoDB refuses */
export declare function withId(document: Document): Document;
