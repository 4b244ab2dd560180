import { randomUUID } from 'node:crypto';
import { batches, writeAll } from '../batches.js';
import type { MigrationStep } from '../migration.js';
import { dropIndex } from './drop-index.js';
import { countLeft, NOT_DONE, TENANT } from './records.js';

/** Users of an external issuer have no address, and the old index would let only one of them be without. */
const EMAIL_INDEX = { collection: 'users', name: 'email_1', key: { email: 1 }, partial: false } as const;

export const USERS_STEP: MigrationStep = {
  name: 'users',
  describe: 'users get the id of their credit account',
  count: (context) => countLeft(context, 'users'),
  run: async (context) => {
    await dropIndex(context, EMAIL_INDEX);
    for await (const users of batches(context, 'users', NOT_DONE, { _id: 1 })) {
      const operations = users.map(({ _id }) => ({
        updateOne: {
          filter: { _id, ...NOT_DONE },
          update: { $set: { tenantId: TENANT, accountId: randomUUID() } },
        },
      }));
      await writeAll(context, 'users', operations);
    }
  },
};
