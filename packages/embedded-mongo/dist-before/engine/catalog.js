import { decodeDocument } from '../bson/decode.js';
import { encodeDocument } from '../bson/encode.js';
import { integerOf } from '../bson/numbers.js';
import { documentOf, int32 } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { MAX_SPACE, META_SPACE } from '../store/layout.js';
import { Arguments } from './arguments.js';
import { Collection } from './collection.js';
import { DecodedDocuments } from './decoded-documents.js';
import { parseIndex } from './index/definition.js';
import { ANY_FIELD } from './index/keys.js';
const PREFIX = 'collection:';
const MAX_NAMESPACE_BYTES = 255;
/** All collections of all databases. Names and definitions live in the store's metas and here in memory. */
export class Catalog {
    store;
    collections = new Map();
    spaces = new Set();
    decoded = new DecodedDocuments();
    constructor(store) {
        this.store = store;
        this.reload();
    }
    /** Forgets what is not in the store. Collections that are still as they were stay the same objects, so that cursors go on. */
    reload() {
        const before = new Map(this.collections);
        this.collections.clear();
        this.spaces.clear();
        for (const [, bytes] of this.store.metas(PREFIX))
            this.open(decodeDocument(bytes));
        for (const [namespace, old] of before) {
            const current = this.collections.get(namespace);
            if (current?.space === old.space) {
                old.restore(current.indexes);
                this.collections.set(namespace, old);
            }
            else
                old.dropped = true;
        }
    }
    find(database, name) {
        return this.collections.get(`${database}.${name}`);
    }
    /** The collection, made when it is not there, as MongoDB does at the first write. */
    ensure(database, name) {
        return this.find(database, name) ?? this.create(database, name);
    }
    create(database, name) {
        assertNames(database, name);
        const id = parseIndex(documentOf({ key: documentOf({ _id: int32(1) }) }));
        const space = this.takeSpace();
        const index = { definition: id, space: this.takeSpace(), arrays: 0 };
        const collection = this.add(database, name, space, [index]);
        this.save(collection);
        return collection;
    }
    drop(collection) {
        collection.dropped = true;
        for (const space of [collection.space, ...collection.indexes.map((index) => index.space)])
            this.releaseSpace(space);
        this.collections.delete(collection.namespace);
        this.store.putMeta(PREFIX + collection.namespace, undefined);
    }
    addIndex(collection, definition) {
        const index = { definition, space: this.takeSpace(), arrays: 0 };
        collection.build(index);
        collection.indexes.push(index);
        this.save(collection);
    }
    dropIndex(collection, index) {
        collection.indexes.splice(collection.indexes.indexOf(index), 1);
        this.releaseSpace(index.space);
        this.save(collection);
    }
    /** Database names in order; databases exist through their collections. */
    databases() {
        return [...new Set([...this.collections.values()].map(({ database }) => database))].sort();
    }
    collectionsOf(database) {
        return [...this.collections.values()]
            .filter((collection) => collection.database === database)
            .sort((a, b) => (a.name < b.name ? -1 : 1));
    }
    all() {
        return this.collections.values();
    }
    save(collection) {
        const indexes = collection.indexes.map(({ definition: { specification }, space, arrays }) => documentOf({ specification, space: int32(space), multikey: arrays !== 0, arrays: int32(arrays) }));
        const meta = documentOf({
            database: collection.database,
            name: collection.name,
            space: int32(collection.space),
            indexes,
        });
        this.store.putMeta(PREFIX + collection.namespace, encodeDocument(meta));
    }
    open(meta) {
        const args = new Arguments(meta, 'the catalog', ['database', 'name', 'space', 'indexes']);
        const indexes = args.documents('indexes').map((each) => {
            const index = new Arguments(each, 'the catalog', ['specification', 'space', 'multikey', 'arrays']);
            return {
                definition: parseIndex(index.document('specification')),
                space: this.knownSpace(index),
                // Without it the file is of before the fields were told apart.
                arrays: integerOf(index.value('arrays')) ?? (index.flag('multikey') ? ANY_FIELD : 0),
            };
        });
        this.add(args.string('database'), args.string('name'), this.knownSpace(args), indexes);
    }
    add(database, name, space, indexes) {
        const save = (changed) => this.save(changed);
        const collection = new Collection(this.store, database, name, space, indexes, save, this.decoded);
        this.collections.set(collection.namespace, collection);
        return collection;
    }
    knownSpace(args) {
        const space = args.count('space') ?? META_SPACE;
        this.spaces.add(space);
        return space;
    }
    takeSpace() {
        let space = META_SPACE + 1;
        while (this.spaces.has(space))
            space++;
        if (space >= MAX_SPACE)
            throw new Error('no keyspace is free');
        this.spaces.add(space);
        return space;
    }
    releaseSpace(space) {
        this.store.clear(space);
        this.spaces.delete(space);
    }
}
/** @throws CommandError 73 for names MongoDB refuses, 115 for system collections */
function assertNames(database, name) {
    const namespace = `${database}.${name}`;
    const isName = /^[^\s/\\."$*<>:|?\0]{1,63}$/.test(database) && /^[^.$\0]([^$\0]*[^.$\0])?$/.test(name);
    if (!isName || Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES)
        throw new CommandError('InvalidNamespace', `Invalid namespace: '${namespace}'`);
    if (name.startsWith('system.') || ['config', 'local'].includes(database))
        throw unsupported(`the namespace ${namespace}`);
}
//# sourceMappingURL=catalog.js.map