import type { mongo } from 'mongoose';

const WRITES: readonly (string | symbol)[] = [
  'insertOne',
  'insertMany',
  'bulkWrite',
  'updateOne',
  'deleteOne',
  'deleteMany',
  'createIndex',
  'dropIndex',
  'dropCollection',
];

/** Thrown by everything that writes from a certain write on: for the database the process is gone. */
export class Cut extends Error {}

/** A database that takes only so many writes. */
export function cuttingDb(db: mongo.Db, writes: number): mongo.Db {
  let left = writes;
  const cutting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, name) => {
        const member: unknown = Reflect.get(object, name, object);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]): unknown => {
          if (WRITES.includes(name) && --left < 0) return Promise.reject(new Cut());
          const result: unknown = member.apply(object, parameters);
          return name === 'collection' ? cutting(result as object) : result;
        };
      },
    });
  return cutting(db);
}
