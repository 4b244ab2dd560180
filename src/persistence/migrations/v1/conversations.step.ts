import { batches, insertMissing, writeAll } from '../batches.js';
import type { MigrationStep } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { CURRENT, conversationOf, type ThreadConversation } from './thread-conversation.js';

const THREADS = 'storm_threads';
/** There is none over the turns of a session in version 0, and a look for each thread through all turns would take for ever. */
const TURNS_BY_SESSION = 'migration_by_session';

/**
 * A session's thread on a Storm server is the memory of its conversation. Flowise's memories are left alone: their ids were chosen by clients,
 * so every session goes on under a new, random one.
 *
 * What becomes of each thread is written on the thread first, all of them, and then moved: one that is met again after a crash must not become
 * a second conversation, nor a second one that its session goes on with.
 */
export const CONVERSATION_STEPS: readonly MigrationStep[] = [
  {
    name: 'threads',
    describe: 'threads of Storm are told which chatflow of their session goes on with them',
    count: ({ db }) => rawCollection(db, THREADS).countDocuments({ conversation: { $exists: false } }),
    run: async (context) => {
      if ((await rawCollection(context.db, THREADS).countDocuments({}, { limit: 1 })) === 0) return;
      const turns = rawCollection(context.db, 'turns');
      await turns.createIndex({ userId: 1, sessionId: 1 }, { name: TURNS_BY_SESSION });
      let previous: ThreadConversation | undefined;
      // In the order of their ids those of one session follow one another.
      for await (const threads of batches(context, THREADS, {})) {
        const operations = [];
        for (const thread of threads) {
          const known = thread.conversation as ThreadConversation | undefined;
          const conversation = known ?? (await conversationOf(context, thread, previous));
          if (conversation.state === CURRENT) previous = conversation;
          if (known === undefined)
            operations.push({
              updateOne: { filter: { _id: thread._id }, update: { $set: { conversation } } },
            });
        }
        await writeAll(context, THREADS, operations);
      }
      await turns.dropIndex(TURNS_BY_SESSION);
    },
  },
  {
    name: 'conversations',
    describe: 'threads of Storm become conversations',
    count: ({ db }) => rawCollection(db, THREADS).countDocuments({}),
    run: async (context) => {
      for await (const threads of batches(context, THREADS, {})) {
        const conversations = threads.map(({ conversation }) => conversation as RawRecord);
        await insertMissing(context, 'upstream_conversations', conversations);
        const ids = threads.map(({ _id }) => _id);
        await rawCollection(context.db, THREADS).deleteMany({ _id: { $in: ids } });
      }
      const [left] = await context.db.listCollections({ name: THREADS }, { nameOnly: true }).toArray();
      if (left !== undefined) await context.db.dropCollection(THREADS);
    },
  },
];
