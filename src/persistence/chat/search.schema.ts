import { Schema } from 'mongoose';
import type { CatchUpState, SearchEntry } from '../../chat/search/search-index.store.port.js';
import { TENANT_FIELD } from '../tenant-field.js';

export const SEARCH_ENTRY_MODEL = 'SearchEntry';
export const SEARCH_STATE_MODEL = 'SearchState';

export interface SearchEntryDocument extends Omit<SearchEntry, 'id'> {
  readonly _id: string;
}

/**
 * What users' words are found by: one document of a turn, with all its terms.
 *
 * Indexes: a user's entries with a term, newest first; those of a session, for its deletion.
 */
export const searchEntrySchema = new Schema<SearchEntryDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    userId: { type: String, required: true },
    sessionId: { type: String, required: true },
    kind: { type: String, enum: ['turn', 'title'], required: true },
    messageIds: { type: [String], required: true },
    terms: { type: [String], required: true },
    order: { type: Number, required: true },
  },
  { collection: 'search_entries', versionKey: false },
)
  .index({ userId: 1, terms: 1, order: -1 }, { name: 'by_term' })
  .index({ userId: 1, sessionId: 1 }, { name: 'by_user_session' });

export const CATCH_UP_ID = 'catch-up';

/** How far the index is known to be complete, and who looks after it. */
export interface SearchStateDocument extends CatchUpState {
  readonly _id: typeof CATCH_UP_ID;
  readonly tenantId: string;
  readonly owner: string;
  readonly leaseUntil: Date;
}

export const searchStateSchema = new Schema<SearchStateDocument>(
  {
    _id: String,
    tenantId: TENANT_FIELD,
    upTo: String,
    terms: Number,
    remadeBefore: String,
    owner: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
  },
  { collection: 'search_state', versionKey: false },
);
