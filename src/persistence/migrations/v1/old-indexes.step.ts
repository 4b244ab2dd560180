import type { MigrationContext, MigrationStep } from '../migration.js';
import { dropIndex, hasIndex, type OldIndex } from './drop-index.js';

/** Those that are unique over too little, and those whose fields are no more. */
const OLD_INDEXES: readonly OldIndex[] = [
  { collection: 'turns', name: 'running_by_session', key: { sessionId: 1 } },
  { collection: 'turns', name: 'by_key', key: { userId: 1, idempotencyKey: 1 } },
  { collection: 'turn_checkpoints', name: 'by_turn', key: { turnId: 1, sequence: 1 } },
  { collection: 'chat_messages', name: 'by_session', key: { sessionId: 1, position: 1 } },
  { collection: 'credit_transactions', name: 'user_newest', key: { userId: 1, createdAt: -1, _id: -1 } },
  {
    collection: 'credit_transactions',
    name: 'user_kind_createdAt',
    key: { userId: 1, kind: 1, createdAt: 1 },
  },
];

/** Last, because the steps before read by them. */
export const OLD_INDEXES_STEP: MigrationStep = {
  name: 'old indexes',
  describe: 'indexes that no longer fit are dropped',
  count: async (context) => (await present(context)).length,
  run: async (context) => {
    for (const old of await present(context)) await dropIndex(context, old);
  },
};

async function present(context: MigrationContext): Promise<OldIndex[]> {
  const found: OldIndex[] = [];
  for (const old of OLD_INDEXES) if (await hasIndex(context, old)) found.push(old);
  return found;
}
