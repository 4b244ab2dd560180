import type { MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';

/** A session goes on at a position behind another message than the one before it; -1: behind none. */
export interface Fork {
  readonly at: number;
  readonly after: number;
}

const FIELDS = { position: 1, role: 1, parentId: 1, supersededBy: 1 } as const;

/** Where the turns of a session follow something else than the message before them. */
export async function forksOf(context: MigrationContext, session: RawRecord): Promise<Fork[]> {
  const positions = new Map<unknown, number>();
  const forks: Fork[] = [];
  /** What the messages follow that the session's last turn has taken the place of. */
  let beforeSuperseded: number | undefined;
  let seen = -1;
  for await (const message of messagesOf(context, session)) {
    const position = Number(message.position);
    seen = position;
    positions.set(message._id, position);
    if (message.role !== 'user') continue;
    const after = message.parentId === null ? -1 : (positions.get(message.parentId) ?? position - 1);
    if (after !== position - 1) forks.push({ at: position, after });
    if (message.supersededBy === session.lastTurnId) beforeSuperseded ??= after;
  }
  // A settlement that was cut short: the turn is counted, and its messages come with the repetition.
  const at = Number(session.messageCount) - 2;
  if (seen < at && beforeSuperseded !== undefined && beforeSuperseded !== at - 1)
    forks.push({ at, after: beforeSuperseded });
  return forks;
}

/** How many messages of a session are not on the way to its last one. */
export function countElsewhere(messageCount: number, forks: readonly Fork[]): number {
  let onTheWay = 0;
  let end = messageCount - 1;
  for (const { at, after } of forks.toReversed()) {
    if (at > end) continue;
    onTheWay += end - at + 1;
    end = after;
  }
  return messageCount - onTheWay - (end + 1);
}

/** In their order, by the index of sessions. */
async function* messagesOf(
  { db, signal, batchSize }: MigrationContext,
  { userId, sessionId }: RawRecord,
): AsyncGenerator<RawRecord> {
  for (let after = -1; ;) {
    signal.throwIfAborted();
    const messages: RawRecord[] = await rawCollection(db, 'chat_messages')
      .find({ userId, sessionId, position: { $gt: after } }, { projection: FIELDS })
      .sort({ userId: 1, sessionId: 1, position: 1 })
      .limit(batchSize)
      .toArray();
    yield* messages;
    if (messages.length < batchSize) return;
    after = Number(messages.at(-1)?.position);
  }
}
