import { batches, rekey } from '../batches.js';
import type { MigrationContext, MigrationStep } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { countLeft, NOT_DONE, TENANT, textOf } from './records.js';

/** A session's id, unique per user: the first slash ends the user's. */
export function sessionKey(userId: string, sessionId: string): string {
  return `${encodeURIComponent(userId)}/${sessionId}`;
}

export const SESSIONS_STEP: MigrationStep = {
  name: 'sessions',
  describe: 'sessions belong to their user and name their last message',
  count: (context) => countLeft(context, 'chat_sessions'),
  run: async (context) => {
    for await (const sessions of batches(context, 'chat_sessions', NOT_DONE)) {
      const owners = await ownersOf(
        context,
        sessions.map((session) => textOf(session, 'userId')),
      );
      const lastMessages = await lastMessagesOf(context, sessions);
      const pairs = sessions.map((session) => {
        const { userId } = found(owners, textOf(session, 'userId'));
        const lastMessageId = lastMessages.get(textOf(session, 'lastTurnId'));
        const to = {
          ...session,
          _id: sessionKey(userId, textOf(session, 'sessionId')),
          tenantId: TENANT,
          userId,
          supersededCount: 0,
          ...(lastMessageId === undefined ? {} : { lastMessageId }),
        };
        return { from: session._id, to };
      });
      await rekey(context, 'chat_sessions', pairs);
    }
  },
};

/**
 * By the turn that was counted last, whose answer is the last message. Where a settlement was cut short the answer is not stored yet: whoever
 * finishes it must find that its session has counted it.
 */
async function lastMessagesOf(
  { db }: MigrationContext,
  sessions: readonly RawRecord[],
): Promise<ReadonlyMap<string, string>> {
  const turns = await rawCollection(db, 'turns')
    .find(
      { _id: { $in: sessions.map((session) => textOf(session, 'lastTurnId')) } },
      { projection: { messageId: 1 } },
    )
    .toArray();
  return new Map(turns.map((turn) => [turn._id, textOf(turn, 'messageId')]));
}
