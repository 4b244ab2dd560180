import type { Model } from 'mongoose';
import type { DatabaseSilence } from './database-silence.js';

type Call = (...args: readonly unknown[]) => unknown;
type Calls = Record<string, Call>;

/** What the product asks a collection for; all of it answers once. */
const OPERATIONS = [
  'findOne',
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'countDocuments',
  'estimatedDocumentCount',
  'distinct',
  'bulkWrite',
] as const;
/** These give a cursor, which is waited for when it is read. */
const QUERIES = ['find', 'aggregate'] as const;
const CURSOR_READS = ['toArray', 'next', 'hasNext'] as const;

type Target = Pick<Model<unknown>, 'collection'>;
const unbounded = new WeakMap<object, Calls>();

/** From now on nobody waits longer than a request may for what they ask of this model's collection, but those who ask `patientCollection`. */
export function boundWaits({ collection }: Target, silence: DatabaseSilence): void {
  const calls = collection as unknown as Calls;
  const patient: Calls = {};
  for (const name of OPERATIONS) {
    const call = calls[name]?.bind(collection);
    if (call === undefined) continue;
    calls[name] = (...args) => silence.await(call(...args) as Promise<unknown>);
    patient[name] = (...args) => silence.await(call(...args) as Promise<unknown>, true);
  }
  for (const name of QUERIES) {
    const call = calls[name]?.bind(collection);
    if (call === undefined) continue;
    calls[name] = (...args) => boundReads(call(...args) as Calls, silence);
    patient[name] = call;
  }
  unbounded.set(collection, patient);
}

function boundReads(cursor: Calls, silence: DatabaseSilence): Calls {
  for (const name of CURSOR_READS) {
    const read = cursor[name]?.bind(cursor);
    if (read !== undefined) cursor[name] = (...args) => silence.await(read(...args) as Promise<unknown>);
  }
  return cursor;
}

/** The operations of a collection for those who wait as long as it takes: nobody waits for them, and giving up would only begin it anew. */
export function patientCollection<T extends object>(collection: T): T {
  return new Proxy(collection, {
    get: (target, name): unknown => {
      const patient = unbounded.get(target)?.[String(name)];
      if (patient !== undefined) return patient;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member as Call).bind(target) : member;
    },
  });
}
