import type { Model, mongo } from 'mongoose';
import type { PlannedWrite } from '../../platform/planned-write.js';

/** What a planned write is, in the driver's words. */
export type WriteModel = mongo.AnyClientBulkWriteModel<mongo.BSON.Document>;
type Target = Pick<Model<unknown>, 'db' | 'collection'>;
type Fields = Readonly<Record<string, unknown>>;
interface Identified {
  readonly _id: string;
}

export function planInsert(model: Target, document: Fields & Identified): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'insertOne', document });
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

export function planUpdateMany(model: Target, filter: Fields, update: Fields): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'updateMany', filter, update });
}

export function planDeleteMany(model: Target, filter: Fields): PlannedWrite {
  return planned({ namespace: namespaceOf(model), name: 'deleteMany', filter });
}

export function writeModels(writes: readonly PlannedWrite[]): readonly WriteModel[] {
  return writes as unknown as readonly WriteModel[];
}

function namespaceOf({ db, collection }: Target): string {
  return `${db.name}.${collection.name}`;
}

function planned(write: Fields): PlannedWrite {
  return write as unknown as PlannedWrite;
}
