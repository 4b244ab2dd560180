import type { Model, mongo } from 'mongoose';

/**
 * The driver's collection behind a model, for documents that are ours alone: casting one costs more than writing it.
 * Not for filters that hold a client's values of unchecked type.
 */
export function plainCollection<T extends { readonly _id: string }>(model: Model<T>): mongo.Collection<T> {
  return model.collection as unknown as mongo.Collection<T>;
}
