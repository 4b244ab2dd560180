import { Injectable } from '@nestjs/common';
import { errors } from '../../platform/errors/errors.js';
import { TurnStore } from '../turn/turn-store.port.js';
import {
  decodeMessageCursor,
  decodeSessionCursor,
  encodeMessageCursor,
  encodeSessionCursor,
} from './cursor.js';
import { HistoryStore, type ChatMessage, type ChatSession } from './history-store.port.js';
import { topicOf } from './topic.js';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface SessionView {
  readonly session: ChatSession;
  readonly activeTurnId: string | undefined;
}

const EXPORT_PAGE = 500;

/** A user's own sessions and messages. Another user's session is as unknown as one that does not exist. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly store: HistoryStore,
    private readonly turns: TurnStore,
  ) {}

  /** Newest first. @throws AppError `validation_failed` for a cursor of another list */
  async listSessions(userId: string, limit: number, after?: string): Promise<Page<SessionView>> {
    const cursor = after === undefined ? undefined : decodeSessionCursor(after);
    const { kept, more } = cut(await this.store.listSessions(userId, limit + 1, cursor), limit);
    const active = await this.turns.findRunning(
      userId,
      kept.map(({ id }) => id),
    );
    const last = kept.at(-1);
    return {
      items: kept.map((session) => ({ session, activeTurnId: active.get(session.id) })),
      nextCursor: more && last !== undefined ? encodeSessionCursor(last) : null,
    };
  }

  /**
   * A session, also one whose first turn is still running and which is not stored yet.
   * @throws AppError `not_found`
   */
  async findSession(userId: string, sessionId: string): Promise<SessionView> {
    const [session, running] = await Promise.all([
      this.store.findSession(sessionId),
      this.turns.findRunning(userId, [sessionId]),
    ]);
    const activeTurnId = running.get(sessionId);
    if (session?.userId === userId) return { session, activeTurnId };
    if (activeTurnId !== undefined) return { session: await this.firstTurnOf(activeTurnId), activeTurnId };
    throw errors.notFound('The session');
  }

  /** @throws AppError `not_found` */
  async renameSession(userId: string, sessionId: string, topic: string): Promise<SessionView> {
    const session = await this.store.renameSession(userId, sessionId, topic);
    if (session === undefined) throw errors.notFound('The session');
    const running = await this.turns.findRunning(userId, [sessionId]);
    return { session, activeTurnId: running.get(sessionId) };
  }

  /** @throws AppError `not_found`; `turn_in_progress` while a turn would bring the session back */
  async deleteSession(userId: string, sessionId: string): Promise<void> {
    const running = (await this.turns.findRunning(userId, [sessionId])).get(sessionId);
    if (running !== undefined) throw errors.turnInProgress(running);
    if (!(await this.store.deleteSession(userId, sessionId))) throw errors.notFound('The session');
  }

  /** Oldest first. @throws AppError `not_found`, or `validation_failed` for a cursor of another list */
  async listMessages(
    userId: string,
    sessionId: string,
    limit: number,
    after?: string,
  ): Promise<Page<ChatMessage>> {
    const position = after === undefined ? undefined : decodeMessageCursor(after);
    await this.findSession(userId, sessionId);
    const { kept, more } = cut(await this.store.listMessages(sessionId, limit + 1, position), limit);
    const last = kept.at(-1);
    return {
      items: kept,
      nextCursor: more && last !== undefined ? encodeMessageCursor(last.position) : null,
    };
  }

  /** The session's messages page by page, oldest first. Ends early when the consumer stops. */
  async *allMessages(sessionId: string): AsyncGenerator<readonly ChatMessage[]> {
    let position: number | undefined;
    for (;;) {
      const messages = await this.store.listMessages(sessionId, EXPORT_PAGE, position);
      if (messages.length > 0) yield messages;
      if (messages.length < EXPORT_PAGE) return;
      position = messages.at(-1)?.position;
    }
  }

  private async firstTurnOf(turnId: string): Promise<ChatSession> {
    const turn = await this.turns.find(turnId);
    if (turn === undefined) throw errors.notFound('The session');
    return {
      id: turn.sessionId,
      userId: turn.userId,
      chatflowId: turn.chatflowId,
      topic: topicOf(turn.question),
      messageCount: 0,
      createdAt: turn.startedAt,
      updatedAt: turn.startedAt,
    };
  }
}

function cut<T>(items: readonly T[], limit: number): { readonly kept: readonly T[]; readonly more: boolean } {
  return { kept: items.slice(0, limit), more: items.length > limit };
}
