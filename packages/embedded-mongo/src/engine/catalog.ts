import { decodeDocument } from '../bson/decode.js';
import { encodeDocument } from '../bson/encode.js';
import { integerOf, isTruthy } from '../bson/numbers.js';
import { documentOf, int32, isDocument, type Document, isArray } from '../bson/values.js';
import { CommandError, DamagedDatabaseError, unsupported } from '../errors.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import { Collection } from './collection.js';
import { DecodedDocuments } from './decoded-documents.js';
import { parseIndex, type IndexDefinition } from './index/definition.js';
import { ANY_FIELD } from './index/keys.js';
import type { OpenIndex } from './index/planner.js';

const PREFIX = 'collection:';
const MAX_NAMESPACE_BYTES = 255;

/** All collections of all databases. Names and definitions live in the store's metas and here in memory. */
export class Catalog {
  private readonly collections = new Map<string, Collection>();
  private readonly spaces = new Set<number>();
  private readonly decoded = new DecodedDocuments();

  constructor(private readonly store: SqliteStore) {
    this.reload();
  }

  /** Forgets what is not in the store. Collections that are still as they were stay the same objects, so that cursors go on. */
  reload(): void {
    const before = new Map(this.collections);
    this.collections.clear();
    this.spaces.clear();
    for (const [name, bytes] of this.store.metas(PREFIX))
      this.open(name.slice(PREFIX.length), decodeDocument(bytes));
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
    return this.find(database, name) ?? this.create(database, name);
  }

  create(database: string, name: string): Collection {
    assertNames(database, name);
    const id = parseIndex(documentOf({ key: documentOf({ _id: int32(1) }) }));
    const space = this.takeSpace();
    const index = { definition: id, space: this.takeSpace(), arrays: 0 };
    const collection = this.collection(database, name, space, [index]);
    this.collections.set(collection.namespace, collection);
    this.save(collection);
    return collection;
  }

  drop(collection: Collection): void {
    collection.dropped = true;
    for (const space of [collection.space, ...collection.indexes.map((index) => index.space)])
      this.releaseSpace(space);
    this.collections.delete(collection.namespace);
    this.store.deleteMeta(PREFIX + collection.namespace);
  }

  addIndex(collection: Collection, definition: IndexDefinition): void {
    const index: OpenIndex = { definition, space: this.takeSpace(), arrays: 0 };
    collection.build(index);
    collection.indexes.push(index);
    this.save(collection);
  }

  dropIndex(collection: Collection, index: OpenIndex): void {
    collection.indexes.splice(collection.indexes.indexOf(index), 1);
    this.releaseSpace(index.space);
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
    const indexes = collection.indexes.map(({ definition, space, arrays }) =>
      documentOf({
        specification: definition.specification,
        space: int32(space),
        multikey: arrays !== 0,
        arrays: int32(arrays),
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

  private open(namespace: string, meta: Document): void {
    const [database, name, indexes] = [meta.get('database'), meta.get('name'), meta.get('indexes')];
    if (typeof database !== 'string' || typeof name !== 'string' || !isArray(indexes))
      throw new DamagedDatabaseError('an entry of the catalog');
    const space = this.knownSpace(meta);
    const opened = indexes.map((entry): OpenIndex => {
      const specification = isDocument(entry) ? entry.get('specification') : undefined;
      if (!isDocument(entry) || !isDocument(specification))
        throw new DamagedDatabaseError('an index of the catalog');
      const arrays = integerOf(entry.get('arrays')) ?? (isTruthy(entry.get('multikey')) ? ANY_FIELD : 0);
      return { definition: parseIndex(specification), space: this.knownSpace(entry), arrays };
    });
    this.collections.set(namespace, this.collection(database, name, space, opened));
  }

  private collection(database: string, name: string, space: number, indexes: OpenIndex[]): Collection {
    return new Collection(
      this.store,
      database,
      name,
      space,
      indexes,
      (changed) => this.save(changed),
      this.decoded,
    );
  }

  private knownSpace(entry: Document): number {
    const space = integerOf(entry.get('space'));
    if (space === undefined) throw new DamagedDatabaseError('a keyspace of the catalog');
    this.spaces.add(space);
    return space;
  }

  private takeSpace(): number {
    const space = this.store.freeSpace(this.spaces);
    this.spaces.add(space);
    return space;
  }

  private releaseSpace(space: number): void {
    this.store.clear(space);
    this.spaces.delete(space);
  }
}

/** @throws CommandError 73 for names MongoDB refuses, 115 for system collections */
function assertNames(database: string, name: string): void {
  if (!/^[^\s/\\."$*<>:|?\0]{1,63}$/.test(database)) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  }
  if (
    name === '' ||
    name.includes('$') ||
    name.includes('\0') ||
    name.startsWith('.') ||
    name.endsWith('.')
  ) {
    throw new CommandError('InvalidNamespace', `Invalid collection name: ${name}`);
  }
  if (Buffer.byteLength(`${database}.${name}`) > MAX_NAMESPACE_BYTES) {
    throw new CommandError('InvalidNamespace', 'Fully qualified namespace is too long');
  }
  if (name.startsWith('system.') || ['config', 'local'].includes(database))
    throw unsupported(`the namespace ${database}.${name}`);
}
