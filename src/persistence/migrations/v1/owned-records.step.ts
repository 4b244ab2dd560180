import { batches, writeAll } from '../batches.js';
import type { MigrationStep } from '../migration.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT, textOf } from './records.js';

/** Records that name their user and need nothing more than the user's own id. */
export const OWNED_STEPS: readonly MigrationStep[] = [
  ownedStep('api_keys', 'API keys', 'API keys name their owner by own id'),
  ownedStep(
    'external_charges',
    'external charges',
    'charges of the accounting service name their user by own id',
  ),
  {
    name: 'logins',
    describe: 'logins get their tenant',
    count: (context) => countLeft(context, 'refresh_token_families'),
    run: async (context) => {
      // Only our own users log in here: theirs are own ids already.
      for await (const logins of batches(context, 'refresh_token_families', NOT_DONE, { _id: 1 })) {
        const operations = logins.map(({ _id }) => ({
          updateOne: { filter: { _id }, update: { $set: { tenantId: TENANT } } },
        }));
        await writeAll(context, 'refresh_token_families', operations);
      }
    },
  },
];

function ownedStep(collection: string, name: string, describe: string): MigrationStep {
  return {
    name,
    describe,
    count: (context) => countLeft(context, collection),
    run: async (context) => {
      for await (const records of batches(context, collection, NOT_DONE, { userId: 1 })) {
        const owners = await ownersOf(
          context,
          records.map((record) => textOf(record, 'userId')),
        );
        const operations = records.map((record) => ({
          updateOne: {
            filter: { _id: record._id },
            update: { $set: { tenantId: TENANT, userId: found(owners, textOf(record, 'userId')).userId } },
          },
        }));
        await writeAll(context, collection, operations);
      }
    },
  };
}
