import { CommandError } from '../errors.js';
import { RawDocument, documentOf } from '../bson/values.js';
/** A batch ends before its documents exceed this, so that a reply stays below the wire's limit. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const DEFAULT_FIRST_BATCH = 101;
const IDLE_TIMEOUT_MS = 10 * 60 * 1000;
/** The results that clients have not fetched completely. */
export class Cursors {
    open = new Map();
    /** No id of an earlier start comes again: its client must not get what another asked for. */
    lastId = BigInt(Date.now()) << 20n;
    /** Answers the first batch and keeps the rest for getMore, unless `single`. */
    first(namespace, items, batchSize = DEFAULT_FIRST_BATCH, single = false) {
        const oldest = Date.now() - IDLE_TIMEOUT_MS;
        for (const [id, { lastUsed = 0 }] of this.open)
            if (lastUsed < oldest)
                this.open.delete(id);
        return this.batch('firstBatch', ++this.lastId, { namespace, items }, batchSize, single);
    }
    /** @throws CommandError 43 when the cursor is unknown or was closed */
    next(id, namespace, batchSize = 0) {
        const cursor = this.open.get(id);
        if (cursor?.namespace !== namespace)
            throw new CommandError('CursorNotFound', `cursor id ${id} not found in ${namespace}`);
        // Whatever comes now: one whose reading fails is closed.
        this.open.delete(id);
        return this.batch('nextBatch', id, cursor, batchSize === 0 ? Infinity : batchSize, false);
    }
    /** Returns whether the cursor was open. */
    kill(id) {
        return this.open.delete(id);
    }
    batch(name, id, cursor, size, single) {
        const documents = read(cursor, size);
        const more = cursor.pending !== undefined && !single;
        cursor.lastUsed = Date.now();
        if (more)
            this.open.set(id, cursor);
        return documentOf({
            cursor: documentOf({ [name]: documents, id: more ? id : 0n, ns: cursor.namespace }),
        });
    }
}
function read(cursor, batchSize) {
    const documents = [];
    for (let size = 0;; cursor.pending = undefined) {
        const next = (cursor.pending ??= cursor.items.next().value);
        if (next === undefined || documents.length >= batchSize)
            return documents;
        size += next.length;
        if (documents.length > 0 && size > MAX_BATCH_BYTES)
            return documents;
        documents.push(new RawDocument(next));
    }
}
//# sourceMappingURL=cursors.js.map