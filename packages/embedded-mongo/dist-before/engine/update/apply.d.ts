import { type Document } from '../../bson/values.js';
import type { ValueChange } from './operators.js';
import type { Update } from './parse.js';
/**
 * The document after the update. The given one is not changed: what differs is made anew, all else is shared with it.
 * @param inserting whether the document is being inserted by an upsert
 * @throws CommandError 66 when `_id` would change, others as MongoDB
 */
export declare function applyUpdate(document: Document, update: Update, inserting: boolean): Document;
/** `_id` is always the first field of a stored document. */
export declare function idFirst(document: Document): Document;
/**
 * The document with the value at the path changed; the same one when nothing changes.
 * @param creates whether documents are made on the way; else a path that leads nowhere changes nothing
 * @throws CommandError when the path cannot be made through a value that is there
 */
export declare function withChange(document: Document, [name, ...rest]: readonly string[], creates: boolean, change: ValueChange): Document;
