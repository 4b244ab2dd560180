import { writeAll } from '../batches.js';
import type { MigrationContext, MigrationStep } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { countLeft, TENANT, textOf } from './records.js';

const COLLECTION = 'chat_messages';
const FIELDS = { sessionId: 1, position: 1, userId: 1, tenantId: 1 } as const;
const IN_ORDER = { sessionId: 1, position: 1 } as const;

/** A message follows the one before it, as long as nothing was ever asked again. */
export const MESSAGES_STEP: MigrationStep = {
  name: 'messages',
  describe: 'messages name the one before them, and their user by own id',
  count: (context) => countLeft(context, COLLECTION),
  run: async (context) => {
    // Records that were made in the form of this version, by hand or by a seed, may not fit the index of version 0.
    if ((await countLeft(context, COLLECTION)) === 0) return;
    let session: string | undefined;
    /** The last message of each user in the session; more than one only where messages were left over from a deleted one. */
    let last = new Map<string, string>();
    for await (const messages of inOrder(context)) {
      const owners = await ownersOf(
        context,
        messages.map((message) => textOf(message, 'userId')),
      );
      const operations = [];
      for (const message of messages) {
        const sessionId = textOf(message, 'sessionId');
        if (sessionId !== session) last = new Map();
        session = sessionId;
        const { userId } = found(owners, textOf(message, 'userId'));
        const parentId = last.get(userId) ?? null;
        last.set(userId, message._id);
        // Met again after a crash: its place had to be passed, but nothing is left to write.
        if (message.tenantId !== undefined) continue;
        const update = { $set: { tenantId: TENANT, userId, parentId } };
        operations.push({ updateOne: { filter: { _id: message._id }, update } });
      }
      await writeAll(context, COLLECTION, operations);
      context.progress(operations.length);
    }
  },
};

/** All messages, session by session, by the index that version 0 has for that. */
async function* inOrder(context: MigrationContext): AsyncGenerator<readonly RawRecord[]> {
  const messages = rawCollection(context.db, COLLECTION);
  const find = (filter: object): Promise<RawRecord[]> => {
    context.signal.throwIfAborted();
    return messages.find(filter, { projection: FIELDS }).sort(IN_ORDER).limit(context.batchSize).toArray();
  };
  await messages.createIndex(IN_ORDER, { name: 'by_session', unique: true });
  let batch = await find({});
  for (;;) {
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    const { sessionId, position } = last;
    // The rest of the session first: both questions begin where the index can.
    batch = await find({ sessionId, position: { $gt: position } });
    if (batch.length === 0) batch = await find({ sessionId: { $gt: sessionId } });
  }
}
