import type { MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { found, type Owner } from './owners.js';
import { textOf } from './records.js';
import { sessionKey } from './sessions.step.js';

const MESSAGES_PER_TURN = 2;

/** Where each turn stands in its session: at its question, or where the question would be that is not stored. */
export async function placesOf(
  context: MigrationContext,
  turns: readonly RawRecord[],
  owners: ReadonlyMap<string, Owner>,
): Promise<ReadonlyMap<string, number>> {
  const questions = await findMessages(
    context,
    turns.map((turn) => textOf(turn, 'userMessageId')),
  );
  const places = new Map(
    questions.map((question) => [textOf(question, 'turnId'), Number(question.position)] as const),
  );
  const others = turns.filter(({ _id }) => !places.has(_id));
  const userOf = (turn: RawRecord): string => found(owners, textOf(turn, 'userId')).userId;
  const keyOf = (turn: RawRecord): string => sessionKey(userOf(turn), textOf(turn, 'sessionId'));
  const ends = await endsOf(context, [...new Set(others.map(keyOf))]);
  for (const turn of others) {
    const end = ends.get(keyOf(turn)) ?? 0;
    // Nothing is asked in a session behind a turn that runs.
    const asked =
      end > 0 && turn.status !== 'running' ? await findNext(context, userOf(turn), turn) : undefined;
    places.set(turn._id, asked ?? end);
  }
  return places;
}

/** The position behind the last message of each session; a settlement that was cut short has counted messages that are not there. */
async function endsOf(
  context: MigrationContext,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const sessions = await rawCollection(context.db, 'chat_sessions')
    .find({ _id: { $in: [...keys] } }, { projection: { messageCount: 1, lastMessageId: 1 } })
    .toArray();
  const last = await findMessages(
    context,
    sessions.map((session) => textOf(session, 'lastMessageId')),
  );
  const stored = new Set(last.map(({ _id }) => _id));
  return new Map(
    sessions.map((session) => {
      const lastMessageId = textOf(session, 'lastMessageId');
      const isMissing = lastMessageId !== '' && !stored.has(lastMessageId);
      return [session._id, Number(session.messageCount) - (isMissing ? MESSAGES_PER_TURN : 0)];
    }),
  );
}

async function findMessages({ db }: MigrationContext, ids: readonly string[]): Promise<RawRecord[]> {
  return rawCollection(db, 'chat_messages')
    .find({ _id: { $in: [...ids] } }, { projection: { turnId: 1, position: 1 } })
    .toArray();
}

/** The position of the first question that was asked in the session after this turn. By the index of version 0. */
async function findNext(
  { db }: MigrationContext,
  userId: string,
  { sessionId, startedAt }: RawRecord,
): Promise<number | undefined> {
  const [next] = await rawCollection(db, 'chat_messages')
    .find({ sessionId, userId, createdAt: { $gte: startedAt } }, { projection: { position: 1 } })
    .sort({ sessionId: 1, position: 1 })
    .limit(1)
    .toArray();
  return next === undefined ? undefined : Number(next.position);
}
