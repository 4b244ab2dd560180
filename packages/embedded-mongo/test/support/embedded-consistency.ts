import { decodeDocument } from '../../src/bson/decode.js';
import { Catalog } from '../../src/engine/catalog.js';
import type { Collection } from '../../src/engine/collection.js';
import { entryChanges } from '../../src/engine/index/entry-changes.js';
import type { SqliteStore } from '../../src/store/sqlite-store.js';

const EVERYTHING = { from: Buffer.alloc(0), to: Buffer.of(255) };
const ID_BYTES = 6;

/** Where documents and index entries of a collection disagree; empty when they do not. */
export function inconsistenciesOf(store: SqliteStore, collection: Collection): string[] {
  const found: string[] = [];
  const records = [...store.records.all(collection.space)].map(({ id, bytes }) => ({
    id,
    bytes,
    document: decodeDocument(bytes),
  }));
  if (records.length !== store.totalsOf(collection.space).count)
    found.push(`${collection.namespace}: counted ${records.length}`);
  for (const index of collection.indexes) {
    const { name } = index.definition;
    const expected = new Map<string, string>();
    for (const { id, bytes, document } of records) {
      const { added, arrays } = entryChanges(index.definition, undefined, document);
      if ((arrays & ~index.arrays) !== 0) found.push(`${name}: not marked multikey`);
      for (const key of added) {
        const suffix = Buffer.alloc(ID_BYTES);
        suffix.writeUIntBE(id, 0, ID_BYTES);
        expected.set(Buffer.concat([key, suffix]).toString('hex'), bytes.toString('latin1'));
      }
    }
    for (const entry of store.entries(index.space, EVERYTHING)) {
      if (!expected.delete(entry.toString('hex')))
        found.push(`${name}: entry ${entry.toString('hex')} has no document`);
    }
    for (const document of expected.values()) found.push(`${name}: no entry for ${document}`);
  }
  return found;
}

/** The same for all collections of a store. */
export function allInconsistencies(store: SqliteStore): string[] {
  return [...new Catalog(store).all()].flatMap((collection) => inconsistenciesOf(store, collection));
}
