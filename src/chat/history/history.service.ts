import { Injectable } from '@nestjs/common';
import { errors } from '../../platform/errors/errors.js';
import { TurnStore } from '../records/turn.store.port.js';
import type { TurnRecord } from '../records/turn.js';
import {
  decodeMessageCursor,
  decodeSessionCursor,
  encodeMessageCursor,
  encodeSessionCursor,
} from './cursor.js';
import { HistoryStore, type SessionCursor } from '../records/history.store.port.js';
import type { ChatMessage } from '../records/chat-message.js';
import type { ChatSession } from '../records/chat-session.js';
import { SearchTitles } from '../search/search-titles.service.js';
import { topicOf } from './topic.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface SessionView {
  readonly session: ChatSession;
  readonly activeTurnId: string | undefined;
}

export interface MessageQuery {
  readonly limit: number;
  readonly after?: string;
  readonly superseded?: boolean;
}

/** Where a list of sessions begins. */
const BEFORE_ALL: SessionCursor = { updatedAt: new Date(8.64e15), id: '' };
const EXPORT_PAGE = 500;
/** Turns shown with one page; a session has more than its messages only when most of them fail. */
const MAX_TURNS = 100;
/** A user's running turns are bounded by the limits, which may be set higher. */
const MAX_RUNNING = 50;

/** The messages of a page, and the turns among them that left none. */
export interface MessagePage extends Page<ChatMessage> {
  readonly turns: readonly TurnRecord[];
}

/** A user's own sessions and messages. Another user's session is as unknown as one that does not exist. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly store: HistoryStore,
    private readonly turns: TurnStore,
    private readonly titles: SearchTitles,
  ) {}

  /**
   * Newest first. A session whose first turn is still running is not stored yet; the first page has it all the same.
   * @throws AppError `validation_failed` for a cursor of another list
   */
  async listSessions(userId: string, limit: number, after?: string): Promise<Page<SessionView>> {
    const cursor = after === undefined ? undefined : decodeSessionCursor(after);
    const fresh = cursor === undefined ? (await this.unstored(userId)).slice(0, limit) : [];
    const wanted = limit - fresh.length;
    const { kept, more } = cut(await this.store.listSessions(userId, wanted + 1, cursor), wanted);
    const running = await this.turns.findRunning(
      userId,
      kept.map(({ id }) => id),
    );
    const active = new Map(running.map(({ sessionId, id }) => [sessionId, id]));
    return {
      items: [...fresh, ...kept.map((session) => ({ session, activeTurnId: active.get(session.id) }))],
      nextCursor: more ? encodeSessionCursor(kept.at(-1) ?? BEFORE_ALL) : null,
    };
  }

  /**
   * A session, also one whose first turn is still running and which is not stored yet.
   * @throws AppError `not_found`
   */
  async findSession(userId: string, sessionId: string): Promise<SessionView> {
    const [session, [running]] = await Promise.all([
      this.store.findSession(userId, sessionId),
      this.turns.findRunning(userId, [sessionId]),
    ]);
    if (session !== undefined) return { session, activeTurnId: running?.id };
    if (running !== undefined) return { session: sessionOf(running), activeTurnId: running.id };
    throw errors.notFound('The session');
  }

  /** @throws AppError `not_found` */
  async renameSession(userId: string, sessionId: string, topic: string): Promise<SessionView> {
    const session = await this.store.renameSession(userId, sessionId, topic);
    if (session === undefined) throw errors.notFound('The session');
    await this.titles.put(session);
    const [running] = await this.turns.findRunning(userId, [sessionId]);
    return { session, activeTurnId: running?.id };
  }

  /**
   * Oldest first.
   * @param superseded also messages that another answer took the place of
   * @throws AppError `not_found`, or `validation_failed` for a cursor of another list
   */
  async listMessages(
    userId: string,
    sessionId: string,
    { limit, after, superseded = false }: MessageQuery,
  ): Promise<MessagePage> {
    const position = after === undefined ? -1 : decodeMessageCursor(after);
    await this.findSession(userId, sessionId);
    const range = { after: position, superseded };
    const { kept, more } = cut(await this.store.listMessages(userId, sessionId, limit + 1, range), limit);
    const last = kept.at(-1);
    const upTo = more && last !== undefined ? last.position : Number.MAX_SAFE_INTEGER;
    return {
      items: kept,
      turns: await this.turnsBetween(userId, sessionId, position, upTo),
      nextCursor: more && last !== undefined ? encodeMessageCursor(last.position) : null,
    };
  }

  /** The session's messages page by page, oldest first. Ends early when the consumer stops. */
  async *allMessages(userId: string, sessionId: string): AsyncGenerator<readonly ChatMessage[]> {
    let after = -1;
    for (;;) {
      const range = { after, superseded: true };
      const messages = await this.store.listMessages(userId, sessionId, EXPORT_PAGE, range);
      if (messages.length > 0) yield messages;
      if (messages.length < EXPORT_PAGE) return;
      after = messages.at(-1)?.position ?? after;
    }
  }

  /** Those that left no messages, oldest first; at the end of the session the one that runs. */
  private async turnsBetween(
    userId: string,
    sessionId: string,
    after: number,
    upTo: number,
  ): Promise<readonly TurnRecord[]> {
    const isEnd = upTo === Number.MAX_SAFE_INTEGER;
    const [ended, running] = await Promise.all([
      this.turns.listWithoutMessages(userId, sessionId, { after, upTo }, MAX_TURNS),
      isEnd ? this.turns.findRunning(userId, [sessionId]) : [],
    ]);
    return [...ended, ...running];
  }

  private async unstored(userId: string): Promise<readonly SessionView[]> {
    const running = await this.turns.listRunning(userId, MAX_RUNNING);
    const ids = running.map(({ sessionId }) => sessionId);
    const stored = new Set((await this.store.findSessions(userId, ids)).map(({ id }) => id));
    return running
      .filter(({ sessionId }) => !stored.has(sessionId))
      .map((turn) => ({ session: sessionOf(turn), activeTurnId: turn.id }));
  }
}

/** The session that a running turn will make. */
function sessionOf(turn: TurnRecord): ChatSession {
  return {
    id: turn.sessionId,
    userId: turn.userId,
    chatflowId: turn.chatflowId,
    topic: topicOf(turn.question),
    messageCount: 0,
    supersededCount: 0,
    createdAt: turn.startedAt,
    updatedAt: turn.startedAt,
  };
}

function cut<T>(items: readonly T[], limit: number): { readonly kept: readonly T[]; readonly more: boolean } {
  return { kept: items.slice(0, limit), more: items.length > limit };
}
