import { EJSON, deserialize } from 'bson';
import { decodeDocument } from '../bson/decode.js';
import { encodeChanged } from '../bson/encode-changed.js';
import { encodeDocument } from '../bson/encode.js';
import { documentOf } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { MAX_DOCUMENT_BYTES } from '../limits.js';
import { recordKey } from '../store/layout.js';
import { ABOVE } from './index/bounds.js';
import { entryChanges } from './index/entry-changes.js';
import { EMPTY_ARRAY, MISSING } from './index/keys.js';
const ID_BYTES = 6;
/** One collection's documents and index entries, which it keeps in agreement. */
export class Collection {
    store;
    database;
    name;
    space;
    indexes;
    onArrays;
    decoded;
    /** Set when the collection is gone; cursors on it end with an error. */
    dropped = false;
    nextId;
    constructor(store, database, name, space, indexes, 
    /** Called when another field of an index has met an array, to remember it. */
    onArrays, decoded) {
        this.store = store;
        this.database = database;
        this.name = name;
        this.space = space;
        this.indexes = indexes;
        this.onArrays = onArrays;
        this.decoded = decoded;
    }
    /** Of its documents' bytes. */
    get size() {
        return this.store.totalsOf(this.space).size;
    }
    get namespace() {
        return `${this.database}.${this.name}`;
    }
    /** Takes the indexes as they are stored, after a failed write. */
    restore(indexes) {
        this.indexes.splice(0, this.indexes.length, ...indexes);
        this.nextId = undefined;
    }
    /** Adds a document that has an `_id`. @throws CommandError 11000 before anything is written */
    insert(document) {
        const bytes = encodeDocument(document);
        assertSize(bytes);
        const changes = this.indexChanges(undefined, document);
        const id = (this.nextId ??= this.store.lastRecordId(this.space) + 1);
        this.nextId = id + 1;
        this.store.putRecord(this.space, id, bytes, undefined);
        this.changeEntries(changes, id);
    }
    /** Puts `document` in the place of `found`; returns whether anything changed. @throws CommandError 11000 before anything is written */
    replace(found, document) {
        if (document === found.document)
            return false;
        const bytes = encodeChanged(found.document, found.bytes, document);
        if (bytes.equals(found.bytes))
            return false;
        assertSize(bytes);
        const changes = this.indexChanges(found.document, document);
        const record = this.store.putRecord(this.space, found.id, bytes, found);
        this.changeEntries(changes, found.id);
        this.decoded.keep(recordKey(this.space, found.id), { record, document });
        return true;
    }
    delete(found) {
        const changes = this.indexChanges(found.document, undefined);
        this.store.deleteRecord(this.space, found.id, found);
        this.decoded.forget(recordKey(this.space, found.id));
        this.changeEntries(changes, found.id);
    }
    /** What becomes of the indexes when a document takes the place of another. @throws CommandError 11000 for a value that another document has */
    indexChanges(before, after) {
        return this.indexes.flatMap((index) => {
            const { definition } = index;
            // An update shares what it leaves alone.
            if (before && after && definition.roots.every((name) => before.get(name) === after.get(name)))
                return [];
            return this.indexChange(index, before, after);
        });
    }
    indexChange(index, before, after) {
        const change = { index, ...entryChanges(index.definition, before, after) };
        this.assertUnique(index, change.added);
        return change;
    }
    changeEntries(changes, id) {
        for (const { index, removed, added, arrays } of changes) {
            if ((arrays & ~index.arrays) !== 0) {
                index.arrays |= arrays;
                this.onArrays(this);
            }
            for (const { key } of removed)
                this.store.deleteEntry(index.space, withId(key, id));
            for (const { key } of added)
                this.store.putEntry(index.space, withId(key, id));
        }
    }
    /** Removes all documents at once; returns how many there were. */
    clear() {
        const { count } = this.store.totalsOf(this.space);
        for (const space of [this.space, ...this.indexes.map((index) => index.space)])
            this.store.clear(space);
        return count;
    }
    get(id) {
        const known = this.decoded.find(recordKey(this.space, id));
        const record = this.store.getRecord(this.space, id, known?.record);
        if (record === undefined)
            return undefined;
        const { bytes, checksum } = record;
        const document = record === known?.record ? known.document : decodeDocument(bytes);
        return { id, bytes, checksum, document };
    }
    /** The documents that match, each once, in the order of the plan. @param examined counts what had to be looked at */
    *find(plan, filter, examined) {
        for (const found of plan.index ? this.byIndex(plan.index, plan, examined) : this.all()) {
            if (examined)
                examined.documents++;
            if (filter.matches(found.document))
                yield found;
        }
    }
    /** As many as the documents of an exact plan, of which none is read. */
    *keys({ index, ranges }) {
        if (!index)
            return;
        for (const range of ranges)
            for (const entry of this.store.entries(index.space, range)) {
                this.assertAlive();
                yield entry;
            }
    }
    *all() {
        for (const { id, bytes, checksum } of this.store.records(this.space)) {
            this.assertAlive();
            yield { id, bytes, checksum, document: decodeDocument(bytes) };
        }
    }
    *byIndex(index, plan, examined) {
        const seen = index.arrays !== 0 ? new Set() : undefined;
        const ranges = plan.descending ? [...plan.ranges].reverse() : plan.ranges;
        for (const range of ranges) {
            for (const entry of this.store.entries(index.space, { descending: plan.descending, ...range })) {
                this.assertAlive();
                if (examined)
                    examined.keys++;
                const id = entry.readUIntBE(entry.length - ID_BYTES, ID_BYTES);
                if (seen?.has(id))
                    continue;
                seen?.add(id);
                // A document deleted or moved since its entry was read is simply not there any more.
                const found = this.get(id);
                if (found)
                    yield found;
            }
        }
    }
    /** Fills a new index from the documents there are. @throws CommandError 11000 when they break it */
    build(index) {
        for (const { id, document } of this.all())
            this.changeEntries([this.indexChange(index, undefined, document)], id);
    }
    assertAlive() {
        if (this.dropped)
            throw new CommandError('QueryPlanKilled', `collection dropped. UUID of ${this.namespace}`);
    }
    assertUnique(index, entries) {
        if (!index.definition.unique)
            return;
        for (const entry of entries) {
            // Entries of the document itself are never among the ones to check: only what it adds is.
            for (const _ of this.store.entries(index.space, {
                from: entry.key,
                to: Buffer.concat([entry.key, ABOVE]),
            })) {
                throw this.duplicateKey(index, entry);
            }
        }
    }
    duplicateKey(index, entry) {
        const { name, fields, specification } = index.definition;
        const values = entry.tuple.map((part) => (part === MISSING || part === EMPTY_ARRAY ? null : part));
        const keyValue = new Map(fields.map(({ path }, at) => [path, values[at] ?? null]));
        const shown = EJSON.stringify(deserialize(encodeDocument(keyValue)));
        return new CommandError('DuplicateKey', `E11000 duplicate key error collection: ${this.namespace} index: ${name} dup key: ${shown}`, documentOf({ keyPattern: specification.get('key'), keyValue }));
    }
}
function assertSize(bytes) {
    const { length } = bytes;
    if (length > MAX_DOCUMENT_BYTES)
        throw new CommandError('BSONObjectTooLarge', `A document has ${length} bytes, above ${MAX_DOCUMENT_BYTES}`);
}
function withId(key, id) {
    const entry = Buffer.allocUnsafe(key.length + ID_BYTES);
    key.copy(entry);
    entry.writeUIntBE(id, key.length, ID_BYTES);
    return entry;
}
//# sourceMappingURL=collection.js.map