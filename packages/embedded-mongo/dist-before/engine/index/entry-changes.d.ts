import type { Document } from '../../bson/values.js';
import { type IndexDefinition, type IndexEntry } from './definition.js';
import { type ArrayFields } from './keys.js';
/** What becomes of an index's entries when a document changes. */
export interface EntryChanges {
    readonly removed: readonly IndexEntry[];
    readonly added: readonly IndexEntry[];
    readonly arrays: ArrayFields;
}
/**
 * The entries that one document had and the other has not, and the other way round. Of a long array only what was taken out and put in becomes
 * keys: elements that both documents share are the same values.
 * @throws CommandError 171 for parallel arrays
 */
export declare function entryChanges(index: IndexDefinition, before: Document | undefined, after: Document | undefined): EntryChanges;
