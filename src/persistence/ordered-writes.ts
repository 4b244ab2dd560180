import type { Model, mongo } from 'mongoose';
import type { PlannedWrite } from '../platform/planned-write.js';

type Write = mongo.AnyClientBulkWriteModel<mongo.BSON.Document>;
type Target = Pick<Model<unknown>, 'db' | 'collection'>;
type Fields = Readonly<Record<string, unknown>>;
interface Identified {
  readonly _id: string;
}

/** Answers of servers that have no `bulkWrite`: MongoDB before 8.0, databases that only resemble it, hosted ones that do not allow it (8000). */
const NOT_THERE: readonly unknown[] = [59, 115, 303, 8000];

/** Servers that were found to have no `bulkWrite`. */
const withoutBulkWrite = new WeakSet<object>();

/** A write of a command was refused; its `code` is the server's. */
export class RefusedWrite extends Error {
  override readonly name = 'RefusedWrite';

  constructor(readonly code: number) {
    super(`The database refused a write with ${code}`);
  }
}

export type OrderedResult =
  | { readonly kind: 'done'; readonly matched: number; readonly upserted: number }
  /** The write at `index` was refused; those before it were made, those behind it were not. */
  | { readonly kind: 'refused'; readonly index: number; readonly code: number }
  /** This server can't; nothing was written. */
  | { readonly kind: 'unsupported' };

export function planInsert(model: Target, document: Fields & Identified): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'insertOne', document: { ...document } });
}

export function planUpdate(model: Target, filter: Fields & Identified, update: Fields): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'updateOne', filter, update });
}

/**
 * An update that ends the whole command when its condition does not hold for the document of that `_id`: the server then tries to insert a
 * second one. Only for documents that are certainly there, or that the update is meant to make.
 */
export function planGuardedUpdate(model: Target, filter: Fields & Identified, update: Fields): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'updateOne', filter, update, upsert: true });
}

export function planDeleteMany(model: Target, filter: Fields): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'deleteMany', filter });
}

/**
 * Makes the writes as one command: in order, up to the first that is refused. Not a transaction: a crash of the server can leave any
 * prefix of them, as it could when they were made one by one.
 * @throws the driver's error when the outcome is not known
 */
export async function writeInOrder(
  { db }: Pick<Target, 'db'>,
  writes: readonly PlannedWrite[],
): Promise<OrderedResult> {
  const client = db.getClient();
  if (withoutBulkWrite.has(client)) return { kind: 'unsupported' };
  try {
    const { matchedCount, upsertedCount } = await client.bulkWrite(writes as unknown as readonly Write[]);
    return { kind: 'done', matched: matchedCount, upserted: upsertedCount };
  } catch (error) {
    const refused = refusalIn(error);
    if (refused !== undefined) return refused;
    if (!NOT_THERE.includes(codeOf((error as { cause?: unknown }).cause ?? error))) throw error;
    withoutBulkWrite.add(client);
    return { kind: 'unsupported' };
  }
}

function refusalIn(error: unknown): OrderedResult | undefined {
  const { writeErrors } = error as { writeErrors?: ReadonlyMap<number, { code: number }> };
  if (!(writeErrors instanceof Map)) return undefined;
  const [first] = writeErrors as ReadonlyMap<number, { code: number }>;
  return first === undefined ? undefined : { kind: 'refused', index: first[0], code: first[1].code };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function namespaceOf({ db, collection }: Target): string {
  return `${db.name}.${collection.name}`;
}

function planned(write: Fields): PlannedWrite {
  return write as unknown as PlannedWrite;
}
