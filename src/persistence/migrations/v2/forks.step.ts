import { batches, writeAll } from '../batches.js';
import type { MigrationStep } from '../migration.js';
import { rawCollection } from '../raw-record.js';
import { forksOf } from './forks-of.js';

/** In the others nothing was ever asked anew. */
const LEFT = { supersededCount: { $gt: 0 }, forks: { $exists: false } } as const;
const ANY_SUPERSEDED = { supersededBy: { $exists: true } } as const;

/** Their turns are kept as they are: what was taken the place of is an older branch. */
export const FORKS_STEP: MigrationStep = {
  name: 'forks',
  describe: 'sessions with answers that were made anew say where they fork',
  count: ({ db }) => rawCollection(db, 'chat_sessions').countDocuments(LEFT),
  run: async (context) => {
    for await (const sessions of batches(context, 'chat_sessions', LEFT)) {
      const operations = [];
      for (const session of sessions) {
        const update = { $set: { forks: await forksOf(context, session) } };
        operations.push({ updateOne: { filter: { _id: session._id }, update } });
      }
      await writeAll(context, 'chat_sessions', operations);
    }
  },
};

/** Behind the forks, which are found by it. */
export const SUPERSEDED_STEP: MigrationStep = {
  name: 'superseded messages',
  describe: 'messages no longer say what took their place',
  count: ({ db }) => rawCollection(db, 'chat_messages').countDocuments(ANY_SUPERSEDED),
  run: async (context) => {
    for await (const messages of batches(context, 'chat_messages', ANY_SUPERSEDED, { _id: 1 })) {
      const operations = messages.map(({ _id }) => ({
        updateOne: { filter: { _id }, update: { $unset: { supersededBy: 1 as const } } },
      }));
      await writeAll(context, 'chat_messages', operations);
    }
  },
};
