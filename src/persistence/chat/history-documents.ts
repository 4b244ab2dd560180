import type { ChatMessage } from '../../chat/records/chat-message.js';
import type { ChatSession } from '../../chat/records/chat-session.js';
import { lengthOf } from '../../chat/records/branch-path.js';
import { isFork, type SessionPlace } from '../../chat/records/session-place.js';
import { topicOf } from '../../chat/records/topic.js';
import type { StoredAnswer } from '../../chat/records/stored-answer.js';
import type { Settlement, TurnRecord } from '../../chat/records/turn.js';
import type { MessageDocument, SessionDocument } from './history.schema.js';

export const MESSAGES_PER_TURN = 2;
const NO_ANSWER: StoredAnswer = { text: '', events: [] };

/** Counts a turn's messages in its session, which is made if it is new. */
export function countedIn(turn: TurnRecord, settlement: Settlement, place: SessionPlace) {
  const { stores, endedAt, storedBytes = 0 } = settlement;
  const isNamed = place.session?.topic !== '';
  const { position: at, after } = place;
  return {
    $inc: {
      messageCount: stores ? MESSAGES_PER_TURN : 0,
      supersededCount: stores ? leftElsewhere(place) : 0,
      storedBytes,
    },
    ...(stores && isFork(place) ? { $push: { forks: { at, after } } } : {}),
    $set: {
      lastTurnId: turn.id,
      updatedAt: endedAt,
      ...(stores ? { lastMessageId: turn.messageId, lastChatflowId: turn.chatflowId } : {}),
      // A session that was opened before its first turn has no topic yet.
      ...(isNamed ? {} : { topic: topicOf(turn.question) }),
    },
    $setOnInsert: {
      tenantId: turn.tenantId,
      sessionId: turn.sessionId,
      chatflowId: turn.chatflowId,
      ...(isNamed ? { topic: topicOf(turn.question) } : {}),
      createdAt: turn.startedAt,
    },
  };
}

/** How many more messages than before are not on the branch that the turn has gone on with, which may be fewer. */
function leftElsewhere(place: SessionPlace): number {
  const { position, after, session, branches } = place;
  if (!isFork(place) || session === undefined || branches === undefined) return 0;
  return position - lengthOf(branches.pathTo(after)) - session.supersededCount;
}

/** The two messages of a turn. */
export function messagesOf(
  turn: TurnRecord,
  { answer = NO_ANSWER, outcome, finishReason, charge, endedAt }: Settlement,
  { position, parentId }: SessionPlace,
): MessageDocument[] {
  const shared = {
    tenantId: turn.tenantId,
    userId: turn.userId,
    sessionId: turn.sessionId,
    turnId: turn.id,
    chatflowId: turn.chatflowId,
    status: outcome as ChatMessage['status'],
  };
  const textOnly = answer.events.length <= 1 && answer.events.every((event) => event.type === 'text');
  return [
    {
      _id: turn.userMessageId,
      role: 'user',
      content: turn.question,
      ...(turn.attachments === undefined ? {} : { attachments: turn.attachments }),
      position,
      parentId,
      createdAt: turn.startedAt,
      ...shared,
    },
    {
      _id: turn.messageId,
      role: 'assistant',
      content: answer.text,
      ...(textOnly ? {} : { events: answer.events }),
      position: position + 1,
      parentId: turn.userMessageId,
      ...(finishReason === undefined ? {} : { finishReason }),
      charged: charge === 'capture' ? turn.price : 0,
      createdAt: endedAt,
      ...shared,
    },
  ];
}

export function toSession(document: SessionDocument | null): ChatSession | undefined {
  if (document === null) return undefined;
  const {
    _id: _,
    tenantId: __,
    storedBytes: ___,
    isRenamed: ____,
    sessionId,
    lastTurnId,
    ...fields
  } = document;
  return { id: sessionId, ...fields, ...(lastTurnId === '' ? {} : { lastTurnId }) };
}

export function toMessage(document: MessageDocument | null): ChatMessage | undefined {
  if (document === null) return undefined;
  const { _id, tenantId: _, userId: __, chatflowId: ___, ...fields } = document;
  return { id: _id, ...fields };
}
