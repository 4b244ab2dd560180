import type { MigrationContext } from '../migration.js';
import { rawCollection } from '../raw-record.js';

export interface OldIndex {
  readonly collection: string;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  /** Given where the new index differs in nothing else. */
  readonly partial?: boolean;
}

interface IndexDescription {
  readonly name: string;
  readonly key: Readonly<Record<string, number>>;
  readonly partialFilterExpression?: unknown;
}

/** Drops an index of version 0, and never one of the same name that a later version has built. */
export async function dropIndex(context: MigrationContext, old: OldIndex): Promise<void> {
  if (await hasIndex(context, old)) await rawCollection(context.db, old.collection).dropIndex(old.name);
}

export async function hasIndex({ db }: MigrationContext, old: OldIndex): Promise<boolean> {
  const [collection] = await db.listCollections({ name: old.collection }, { nameOnly: true }).toArray();
  if (collection === undefined) return false;
  const indexes = (await rawCollection(db, old.collection).listIndexes().toArray()) as IndexDescription[];
  return indexes.some(
    ({ name, key, partialFilterExpression }) =>
      name === old.name &&
      // As texts, because the order of the fields counts.
      JSON.stringify(key) === JSON.stringify(old.key) &&
      (old.partial === undefined || (partialFilterExpression !== undefined) === old.partial),
  );
}
