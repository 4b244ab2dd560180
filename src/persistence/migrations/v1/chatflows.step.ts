import { batches, writeAll } from '../batches.js';
import type { MigrationContext, MigrationStep } from '../migration.js';
import type { RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT } from './records.js';

interface AccessRule {
  readonly users?: readonly string[];
}

/** Whoever was let in as a subject of the issuer must be let in under the own id. */
export const CHATFLOWS_STEP: MigrationStep = {
  name: 'chatflows',
  describe: 'chatflows name their users by own ids',
  count: (context) => countLeft(context, 'chatflows'),
  run: async (context) => {
    for await (const chatflows of batches(context, 'chatflows', NOT_DONE, { access: 1 })) {
      const operations = [];
      for (const chatflow of chatflows) {
        const users = await ownIds(context, chatflow);
        const update = { tenantId: TENANT, ...(users === undefined ? {} : { 'access.users': users }) };
        operations.push({
          updateOne: { filter: { _id: chatflow._id, ...NOT_DONE }, update: { $set: update } },
        });
      }
      await writeAll(context, 'chatflows', operations);
    }
  },
};

/** Without an issuer an id that nobody has stays as it is: it lets nobody in. */
async function ownIds(
  context: MigrationContext,
  { access }: RawRecord,
): Promise<readonly string[] | undefined> {
  const { users } = (access ?? {}) as AccessRule;
  if (users === undefined || context.settings.issuer === undefined) return undefined;
  const owners = await ownersOf(context, users);
  return users.map((id) => found(owners, id).userId);
}
