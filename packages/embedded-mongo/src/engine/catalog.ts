import { decodeDocument } from '../bson/decode.js';
import { encodeDocument } from '../bson/encode.js';
import { integerOf } from '../bson/numbers.js';
import { documentOf, int32, type Document } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import { MAX_SPACE, META_SPACE } from '../store/rows.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import { Arguments } from './arguments.js';
import { Collection } from './collection.js';
import { DecodedDocuments } from './decoded-documents.js';
import { parseIndex, type IndexDefinition } from './index/definition.js';
import { ANY_FIELD } from './index/keys.js';
import type { OpenIndex } from './index/planner.js';

const PREFIX = 'collection:';
const MAX_NAMESPACE_BYTES = 255;
/** What is remembered of an index. */
const INDEX_FIELDS = ['specification', 'space', 'multikey', 'arrays', 'hasLongs'];

/** All collections of all databases. Names and definitions live in the store's metas and here in memory. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private readonly decoded = new DecodedDocuments();

  constructor(private readonly store: SqliteStore) {
    this.reload();
  }

  /** Forgets what is not in the store. Collections that are still as they were stay the same objects, so that cursors go on. */
  reload(): void {
    const before = new Map(this.collections);
    this.collections.clear();
    this.decoded.clear();
    for (const [, bytes] of this.store.metas(PREFIX)) this.open(decodeDocument(bytes));
    for (const [namespace, old] of before) {
      const current = this.collections.get(namespace);
      if (current?.space === old.space) {
        old.restore(current.indexes);
        this.collections.set(namespace, old);
      } else old.dropped = true;
    }
  }

  find(database: string, name: string): Collection | undefined {
    return this.collections.get(`${database}.${name}`);
  }

  /** The collection, made when it is not there, as MongoDB does at the first write. */
  ensure(database: string, name: string): Collection {
    const existing = this.find(database, name);
    if (existing) return existing;
    assertNames(database, name);
    const id = parseIndex(documentOf({ key: documentOf({ _id: int32(1) }) }));
    const space = this.freeSpace();
    const index = { definition: id, space: this.freeSpace(space + 1), arrays: 0, hasLongs: false };
    const collection = this.add(database, name, space, [index]);
    this.save(collection);
    return collection;
  }

  drop(collection: Collection): void {
    collection.dropped = true;
    collection.clear();
    this.collections.delete(collection.namespace);
    this.store.putMeta(PREFIX + collection.namespace, undefined);
  }

  addIndex(collection: Collection, definition: IndexDefinition): void {
    const index: OpenIndex = { definition, space: this.freeSpace(), arrays: 0, hasLongs: false };
    collection.build(index);
    collection.indexes.push(index);
    this.save(collection);
  }

  dropIndex(collection: Collection, index: OpenIndex): void {
    collection.indexes.splice(collection.indexes.indexOf(index), 1);
    this.store.clear(index.space);
    this.save(collection);
  }

  /** Database names in order; databases exist through their collections. */
  databases(): string[] {
    return [...new Set([...this.collections.values()].map(({ database }) => database))].sort();
  }

  collectionsOf(database: string): Collection[] {
    return [...this.collections.values()]
      .filter((collection) => collection.database === database)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  all(): Iterable<Collection> {
    return this.collections.values();
  }

  private save(collection: Collection): void {
    const indexes = collection.indexes.map(({ definition: { specification }, space, arrays, hasLongs }) =>
      documentOf({
        specification,
        space: int32(space),
        multikey: arrays !== 0,
        arrays: int32(arrays),
        hasLongs,
      }),
    );
    const meta = documentOf({
      database: collection.database,
      name: collection.name,
      space: int32(collection.space),
      indexes,
    });
    this.store.putMeta(PREFIX + collection.namespace, encodeDocument(meta));
  }

  private open(meta: Document): void {
    const args = new Arguments(meta, 'the catalog', ['database', 'name', 'space', 'indexes']);
    const indexes = args.documents('indexes').map((each): OpenIndex => {
      const index = new Arguments(each, 'the catalog', INDEX_FIELDS);
      return {
        definition: parseIndex(index.document('specification')),
        space: index.count('space') ?? META_SPACE,
        // Without it the file is of before the fields were told apart.
        arrays: integerOf(index.value('arrays')) ?? (index.flag('multikey') ? ANY_FIELD : 0),
        // The same of before Int64s were told.
        hasLongs: each.has('hasLongs') ? index.flag('hasLongs') : true,
      };
    });
    this.add(args.string('database'), args.string('name'), args.count('space') ?? META_SPACE, indexes);
  }

  private add(database: string, name: string, space: number, indexes: OpenIndex[]): Collection {
    const save = (changed: Collection): void => this.save(changed);
    const collection = new Collection(this.store, database, name, space, indexes, save, this.decoded);
    this.collections.set(collection.namespace, collection);
    return collection;
  }

  /** @param from which it is the first that nothing has */
  private freeSpace(from = META_SPACE + 1): number {
    const taken = new Set<number>();
    for (const collection of this.all())
      for (const { space } of [collection, ...collection.indexes]) taken.add(space);
    let space = from;
    while (taken.has(space)) space++;
    if (space >= MAX_SPACE) throw new Error('no keyspace is free');
    return space;
  }
}

/** @throws CommandError 73 for names MongoDB refuses, 115 for system collections */
function assertNames(database: string, name: string): void {
  const namespace = `${database}.${name}`;
  const isName = /^[^\s/\\."$*<>:|?\0]{1,63}$/.test(database) && /^[^.$\0]([^$\0]*[^.$\0])?$/.test(name);
  if (!isName || Buffer.byteLength(namespace) > MAX_NAMESPACE_BYTES)
    throw new CommandError('InvalidNamespace', `Invalid namespace: '${namespace}'`);
  if (name.startsWith('system.') || ['config', 'local'].includes(database))
    throw unsupported(`the namespace ${namespace}`);
}
