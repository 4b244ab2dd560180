import { decodeDocument } from '../bson/decode.js';
import { encodeChanged } from '../bson/encode-changed.js';
import { deepest, encodeDocument } from '../bson/encode.js';
import { documentOf, type Document } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { MAX_DEPTH, MAX_DOCUMENT_BYTES } from '../limits.js';
import { ID_BYTES, recordKey, type RecordBytes } from '../store/rows.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import type { DecodedDocuments } from './decoded-documents.js';
import type { Filter } from './filter/filter.js';
import type { Coverage } from './index/coverage.js';
import { entryChanges, type EntryChanges } from './index/entry-changes.js';
import type { OpenIndex, Plan } from './index/planner.js';

/** A document with its place and the record it came from. */
export interface FoundDocument {
  readonly id: number;
  readonly record: RecordBytes;
  readonly document: Document;
}

/** The same, or what an index tells of a document, as far as it is asked for. */
export type Told = FoundDocument | { readonly document: Document; readonly record?: undefined };

/** What a query looked at to find what it returns. */
export interface Examined {
  keys: number;
  documents: number;
}

interface IndexChange extends EntryChanges {
  readonly index: OpenIndex;
}

/** One collection's documents and index entries, which it keeps in agreement. */
export class Collection {
  /** Set when the collection is gone; cursors on it end with an error. */
  dropped = false;
  private nextId: number | undefined;

  constructor(
    private readonly store: SqliteStore,
    readonly database: string,
    readonly name: string,
    readonly space: number,
    readonly indexes: OpenIndex[],
    /** Called when an index has met its first Int64 or an array in another field, to remember it. */
    private readonly onMet: (collection: Collection) => void,
    private readonly decoded: DecodedDocuments,
  ) {}

  /** Of its documents' bytes. */
  get size(): number {
    return this.store.totalsOf(this.space).size;
  }

  get namespace(): string {
    return `${this.database}.${this.name}`;
  }

  /** Takes the indexes as they are stored, after a failed write. Cursors go on with those that are as they were. */
  restore(indexes: readonly OpenIndex[]): void {
    const old = (index: OpenIndex): OpenIndex | undefined =>
      this.indexes.find((each) => each.space === index.space);
    this.indexes.splice(0, Infinity, ...indexes.map((index) => Object.assign(old(index) ?? index, index)));
    this.nextId = undefined;
    // A drop that was cut off by its own write is taken back, too.
    this.dropped = false;
  }

  /** Adds a document that has an `_id`. @throws CommandError 11000 before anything is written */
  insert(document: Document): void {
    const bytes = encodeDocument(document);
    assertBounds(bytes);
    const changes = this.indexChanges(undefined, document);
    const id = (this.nextId ??= this.store.records.lastId(this.space) + 1);
    this.nextId = id + 1;
    this.store.records.insert(this.space, id, bytes);
    // Of one that had the place before.
    this.decoded.forget(recordKey(this.space, id));
    this.changeEntries(changes, id);
  }

  /** Puts `document` in the place of `found`; returns whether anything changed. @throws CommandError 11000 before anything is written */
  replace(found: FoundDocument, document: Document): boolean {
    if (document === found.document) return false;
    const bytes = encodeChanged(found.document, found.record.bytes, document);
    if (bytes.equals(found.record.bytes)) return false;
    assertBounds(bytes);
    const changes = this.indexChanges(found.document, document);
    const record = this.store.records.update(this.space, found.id, bytes, found.record);
    this.changeEntries(changes, found.id);
    this.decoded.keep(recordKey(this.space, found.id), { record, document });
    return true;
  }

  delete(found: FoundDocument): void {
    const changes = this.indexChanges(found.document, undefined);
    this.store.records.delete(this.space, found.id, found.record);
    this.decoded.forget(recordKey(this.space, found.id));
    this.changeEntries(changes, found.id);
  }

  /** What becomes of the indexes when a document takes the place of another. @throws CommandError 11000 for a value that another document has */
  private indexChanges(
    before: Document | undefined,
    after: Document | undefined,
    indexes: readonly OpenIndex[] = this.indexes,
  ): IndexChange[] {
    const changes: IndexChange[] = [];
    for (const index of indexes) {
      const { definition } = index;
      // An update shares what it leaves alone.
      if (before && after && definition.roots.every((name) => before.get(name) === after.get(name))) continue;
      const change = { index, ...entryChanges(definition, before, after) };
      this.assertUnique(index, change.added);
      changes.push(change);
    }
    return changes;
  }

  private changeEntries(changes: readonly IndexChange[], id: number): void {
    for (const { index, removed, added, arrays, hasLongs } of changes) {
      if ((arrays & ~index.arrays) !== 0 || (hasLongs && !index.hasLongs)) {
        index.arrays |= arrays;
        index.hasLongs ||= hasLongs;
        this.onMet(this);
      }
      for (const key of removed) this.store.deleteEntry(index.space, key, id);
      for (const key of added) this.store.putEntry(index.space, key, id);
    }
  }

  /** Removes all documents at once; returns how many there were. */
  clear(): number {
    const { count } = this.store.totalsOf(this.space);
    for (const space of [this.space, ...this.indexes.map((index) => index.space)]) this.store.clear(space);
    return count;
  }

  get(id: number): FoundDocument | undefined {
    const known = this.decoded.find(recordKey(this.space, id));
    const record = this.store.records.get(this.space, id, known?.record);
    if (record === undefined) return undefined;
    const document = record === known?.record ? known.document : decodeDocument(record.bytes);
    return { id, record, document };
  }

  /**
   * The documents that match, each once, in the order of the plan.
   * @param examined counts what had to be looked at
   * @param tell says of a document all that is asked for, where it can, which is then not read
   */
  find(plan: Plan, filter: Filter, examined?: Examined): IterableIterator<FoundDocument>;
  find(plan: Plan, filter: Filter, examined?: Examined, tell?: Coverage): IterableIterator<Told>;
  *find(plan: Plan, filter: Filter, examined?: Examined, tell?: Coverage): IterableIterator<Told> {
    for (const found of plan.index ? this.byIndex(plan.index, plan, examined, tell) : this.all()) {
      if (examined && found.record) examined.documents++;
      if (!found.record || filter.matches(found.document)) yield found;
    }
  }

  private *all(): IterableIterator<FoundDocument> {
    for (const { id, ...record } of this.store.records.all(this.space)) {
      this.assertAlive();
      yield { id, record, document: decodeDocument(record.bytes) };
    }
  }

  /** By the first entry of each document. */
  private *byIndex(
    index: OpenIndex,
    plan: Plan,
    examined: Examined | undefined,
    tell: Coverage | undefined,
  ): IterableIterator<Told> {
    const seen = index.arrays !== 0 ? new Set<number>() : undefined;
    const ranges = plan.descending ? [...plan.ranges].reverse() : plan.ranges;
    for (const range of ranges)
      for (const entry of this.store.entries(index.space, { descending: plan.descending, ...range })) {
        this.assertAlive(index);
        if (examined) examined.keys++;
        const id = entry.readUIntBE(entry.length - ID_BYTES, ID_BYTES);
        if (seen?.has(id)) continue;
        seen?.add(id);
        const document = tell?.(entry);
        if (document) yield { document };
        // A document deleted or moved since its entry was read is simply not there any more.
        const found = document === undefined ? this.get(id) : undefined;
        if (found) yield found;
      }
  }

  /** Fills a new index from the documents there are. @throws CommandError 11000 when they break it */
  build(index: OpenIndex): void {
    for (const { id, document } of this.all())
      this.changeEntries(this.indexChanges(undefined, document, [index]), id);
  }

  private assertAlive(index?: OpenIndex): void {
    if (this.dropped || (index && !this.indexes.includes(index)))
      throw new CommandError('QueryPlanKilled', `collection or index dropped. UUID of ${this.namespace}`);
  }

  /** @param added keys, of which none is the document's own @throws CommandError 11000, which does not say the value: it may be a secret */
  private assertUnique({ definition, space }: OpenIndex, added: readonly Buffer[]): void {
    if (!definition.unique || !added.some((key) => this.store.hasEntry(space, key))) return;
    throw new CommandError(
      'DuplicateKey',
      `E11000 duplicate key error collection: ${this.namespace} index: ${definition.name}`,
      documentOf({ keyPattern: definition.specification.get('key') }),
    );
  }
}

/** Right after it was encoded. */
function assertBounds({ length }: Buffer): void {
  if (deepest > MAX_DEPTH) throw new CommandError('Overflow', `A document exceeds ${MAX_DEPTH} levels`);
  if (length > MAX_DOCUMENT_BYTES)
    throw new CommandError(
      'BSONObjectTooLarge',
      `A document has ${length} bytes, above ${MAX_DOCUMENT_BYTES}`,
    );
}
