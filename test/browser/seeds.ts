import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import type { TestServer, TestUser } from '../support/test-server.js';
import {
  sessionKey,
  type MessageDocument,
  type SessionDocument,
} from '../../src/persistence/chat/history.schema.js';
import { DEFAULT_TENANT } from '../../src/platform/tenant.js';

const MINUTE_MS = 60_000;
const BATCH = 1000;

export interface SeededSession {
  readonly id: string;
  readonly topic: string;
  readonly chatflowId: string;
  /** Questions with their answers. */
  readonly turns: number;
}

/** Stores conversations as settled turns leave them, the first the newest. */
export async function seedSessions(
  server: TestServer,
  { userId }: TestUser,
  sessions: readonly SeededSession[],
): Promise<void> {
  const connection = server.tollgate.app.get<Connection>(getConnectionToken(), { strict: false });
  const now = Date.now();
  const documents = sessions.map((session, index): SessionDocument => {
    const at = new Date(now - index * MINUTE_MS);
    return {
      _id: sessionKey(userId, session.id),
      tenantId: DEFAULT_TENANT,
      userId,
      sessionId: session.id,
      chatflowId: session.chatflowId,
      topic: session.topic,
      messageCount: session.turns * 2,
      supersededCount: 0,
      storedBytes: 0,
      lastTurnId: '',
      lastMessageId: `${session.id}-${session.turns - 1}-a`,
      lastChatflowId: session.chatflowId,
      createdAt: at,
      updatedAt: at,
    };
  });
  await connection.collection<SessionDocument>('chat_sessions').insertMany(documents);
  const messages = sessions.flatMap((session) => messagesOf(userId, session));
  for (let start = 0; start < messages.length; start += BATCH)
    await connection
      .collection<MessageDocument>('chat_messages')
      .insertMany(messages.slice(start, start + BATCH));
}

function messagesOf(userId: string, { id, chatflowId, turns }: SeededSession): readonly MessageDocument[] {
  const createdAt = new Date();
  const shared = { tenantId: DEFAULT_TENANT, userId, sessionId: id, chatflowId, createdAt };
  return Array.from({ length: turns }, (_, turn): MessageDocument[] => {
    const key = `${id}-${turn}`;
    const both = { ...shared, turnId: key, status: 'completed' } as const;
    const parentId = turn === 0 ? null : `${id}-${turn - 1}-a`;
    const content = `The **${turn}th** answer of ${id}.\n\n- one\n- two\n\nWith \`code\` and more words.`;
    return [
      { _id: `${key}-q`, role: 'user', content: `Question ${turn}`, position: turn * 2, parentId, ...both },
      { _id: `${key}-a`, role: 'assistant', content, position: turn * 2 + 1, parentId: `${key}-q`, ...both },
    ];
  }).flat();
}
