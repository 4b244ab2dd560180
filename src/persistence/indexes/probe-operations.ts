import type { mongo } from 'mongoose';
import { newId } from '../../platform/ids.js';
import { StartError } from '../../platform/lifecycle/start.error.js';
import { isDuplicateKey } from '../duplicate-key.js';

/** Where it is tried; empty behind that. */
export const PROBES_COLLECTION = 'start_probes';
/** What a start that was killed has left behind goes with one that comes later than this. */
const LEFT_BEHIND_MS = 3_600_000;
/** A majority that does not answer in this time is not there. */
const MAJORITY_TIMEOUT_MS = 5000;

interface ProbeDocument {
  readonly _id: string;
  readonly run: string;
  readonly state?: string;
  readonly count?: number;
  readonly at: Date;
}

/** What is tried, in this order; each names what the product needs. */
const PROBES: readonly { readonly needs: string; readonly run: (probe: Probe) => Promise<boolean> }[] = [
  {
    needs: 'a write that a majority of the servers confirms',
    run: async ({ collection, document }) => {
      const writeConcern = { w: 'majority', wtimeoutMS: MAJORITY_TIMEOUT_MS } as const;
      return (await collection.insertOne(document('1', 'running'), { writeConcern })).acknowledged;
    },
  },
  {
    needs: 'a partial unique index that refuses a second document (code 11000)',
    run: ({ collection, document }) =>
      collection.insertOne(document('2', 'running')).then(() => false, isDuplicateKey),
  },
  {
    needs: 'a partial unique index that leaves documents alone that its filter does not match',
    run: async ({ collection, document }) =>
      (await collection.insertMany([document('3', 'ended'), document('4', 'ended')])).insertedCount === 2,
  },
  {
    needs: 'findAndModify with upsert that answers the new document',
    run: async ({ collection, id, run, at }) => {
      const update = { $inc: { count: 1 }, $setOnInsert: { run, at } };
      const options = { upsert: true, returnDocument: 'after' } as const;
      await collection.findOneAndUpdate({ _id: id('5') }, update, options);
      return (await collection.findOneAndUpdate({ _id: id('5') }, update, options))?.count === 2;
    },
  },
  {
    needs: 'ordered bulk writes that stop at the first refusal',
    run: async ({ collection, document, id }) => {
      const writes = ['6', '6', '7'].map((name) => ({ insertOne: { document: document(name, 'ended') } }));
      const isRefused = await collection
        .bulkWrite(writes, { ordered: true })
        .then(() => false, isDuplicateKey);
      return isRefused && (await collection.countDocuments({ _id: { $in: [id('6'), id('7')] } })) === 1;
    },
  },
];

interface Probe {
  readonly collection: mongo.Collection<ProbeDocument>;
  readonly run: string;
  readonly at: Date;
  readonly id: (name: string) => string;
  readonly document: (name: string, state: string) => ProbeDocument;
}

/**
 * Tries in a collection for this alone what is not the same in everything that speaks MongoDB's protocol, and what the product would be wrong
 * without. @throws StartError that names each need that is not met
 */
export async function probeOperations(db: mongo.Db): Promise<void> {
  const collection = db.collection<ProbeDocument>(PROBES_COLLECTION);
  const run = newId();
  const at = new Date();
  const id = (name: string) => `${run}:${name}`;
  const probe: Probe = {
    collection,
    run,
    at,
    id,
    document: (name, state) => ({ _id: id(name), run, state, at }),
  };
  const unmet: string[] = [];
  try {
    await collection.createIndex(
      { run: 1 },
      { unique: true, partialFilterExpression: { state: 'running' }, name: 'running_by_run' },
    );
    for (const { needs, run: attempt } of PROBES) {
      const reason = await attempt(probe).then(
        (isMet) => (isMet ? undefined : 'it did something else'),
        refusalOf,
      );
      if (reason !== undefined) unmet.push(`  - ${needs}: ${reason}`);
    }
  } catch (error) {
    unmet.push(`  - partial unique indexes: ${refusalOf(error)}`);
  } finally {
    const leftBehind = new Date(at.getTime() - LEFT_BEHIND_MS);
    await collection.deleteMany({ $or: [{ run }, { at: { $lt: leftBehind } }] }).catch((error: unknown) => {
      unmet.push(`  - deletions: ${refusalOf(error)}`);
    });
  }
  if (unmet.length > 0)
    throw new StartError(
      `The database of MONGODB_URI does not do what is needed of it:\n${unmet.join('\n')}`,
    );
}

/** @throws the error itself when it is no answer of the server's */
function refusalOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'number' || !(error instanceof Error)) throw error;
  return `${error.message} (${code})`;
}
