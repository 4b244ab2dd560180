import { randomUUID } from 'node:crypto';
import type { MigrationContext } from '../migration.js';
import { rawCollection, type RawRecord } from '../raw-record.js';
import { found, ownersOf } from './owners.js';
import { TENANT, textOf } from './records.js';
import { sessionKey } from './sessions.step.js';

/** The state of a conversation that its session goes on with. */
export const CURRENT = 'current';

/** What an upstream remembers, as a record of version 1. */
export interface ThreadConversation {
  readonly _id: string;
  readonly tenantId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly chatflowId: string;
  readonly provider: 'storm';
  readonly target: Target;
  readonly upstreamId: string;
  readonly rememberedFrom: number;
  readonly state: typeof CURRENT | 'spent';
  readonly spentAt?: Date;
  readonly createdAt: Date;
}

/** Server and flow, where the chatflow names them. */
interface Target {
  readonly baseUrl?: string;
  readonly flowId?: string;
}

/** Where a chatflow is asked today. */
interface Place {
  readonly chatflowId: string;
  readonly target: Target;
  /** Unknown when the settings do not say where the provider is. */
  readonly origin?: string;
}

/**
 * The conversation of a thread. Its session goes on with it where one of its chatflows is still asked at the thread's server; a thread without a
 * session holds only what is not shown.
 * @param previous the conversation before in the order of the threads that a session goes on with
 */
export async function conversationOf(
  context: MigrationContext,
  thread: RawRecord,
  previous: ThreadConversation | undefined,
): Promise<ThreadConversation> {
  const { db } = context;
  const sessionId = textOf(thread, 'sessionId');
  const old = textOf(thread, 'userId');
  const { userId } = found(await ownersOf(context, [old]), old);
  const session = await rawCollection(db, 'chat_sessions').findOne({ _id: sessionKey(userId, sessionId) });
  const places: Place[] = [];
  for (const chatflowId of await askedIn(context, userId, sessionId))
    places.push(await placeOf(context, chatflowId));
  const origin = textOf(thread, 'origin');
  const place = places.find((one) => one.origin === origin) ?? places.find((one) => one.origin === undefined);
  const chatflowId =
    (place ?? places[0])?.chatflowId ?? (session === null ? '' : textOf(session, 'chatflowId'));
  const isTaken =
    previous?.userId === userId && previous.sessionId === sessionId && previous.chatflowId === chatflowId;
  return {
    _id: randomUUID(),
    tenantId: TENANT,
    userId,
    sessionId,
    chatflowId,
    provider: 'storm',
    target: place?.target ?? { baseUrl: origin },
    upstreamId: textOf(thread, 'threadId'),
    rememberedFrom: 0,
    ...(session !== null && place !== undefined && !isTaken
      ? { state: CURRENT }
      : { state: 'spent', spentAt: context.startedAt }),
    createdAt: thread.createdAt as Date,
  };
}

/** The chatflows of Storm that were asked in a session, the last one first. */
async function askedIn({ db }: MigrationContext, userId: string, sessionId: string): Promise<string[]> {
  const turns = await rawCollection(db, 'turns')
    .find({ userId, sessionId, provider: 'storm' }, { projection: { chatflowId: 1 } })
    .toArray();
  // Ids of turns grow with time.
  turns.sort((a, b) => (a._id < b._id ? 1 : -1));
  return [...new Set(turns.map((turn) => textOf(turn, 'chatflowId')))];
}

async function placeOf({ db, settings }: MigrationContext, chatflowId: string): Promise<Place> {
  const chatflow = await rawCollection(db, 'chatflows').findOne({ _id: chatflowId });
  const { baseUrl, flowId } = (chatflow?.upstream ?? {}) as Target;
  const url = baseUrl ?? settings.stormUrl;
  return {
    chatflowId,
    target: { ...(baseUrl === undefined ? {} : { baseUrl }), ...(flowId === undefined ? {} : { flowId }) },
    ...(url !== undefined && URL.canParse(url) ? { origin: new URL(url).origin } : {}),
  };
}
