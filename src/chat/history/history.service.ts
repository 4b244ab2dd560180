import { Injectable } from '@nestjs/common';
import { errors } from '../../platform/errors/errors.js';
import { TurnStore } from '../records/turn.store.port.js';
import type { TurnRecord } from '../records/turn.js';
import { decodeSessionCursor, encodeSessionCursor } from './cursor.js';
import { HistoryStore, type SessionCursor } from '../records/history.store.port.js';
import type { ChatSession } from '../records/chat-session.js';
import { cut, type Page } from './page.js';
import { SearchTitles } from '../search/search-titles.service.js';
import { LateOpenings } from '../turn/own/late-openings.service.js';
import { topicOf } from '../records/topic.js';

export interface SessionView {
  readonly session: ChatSession;
  readonly activeTurnId: string | undefined;
}

/** Where a list of sessions begins. */
const BEFORE_ALL: SessionCursor = { updatedAt: new Date(8.64e15), id: '' };
/** A user's running turns are bounded by the limits, which may be set higher. */
const MAX_RUNNING = 50;

/** A session, and the turn that runs in it. */
export interface SessionState {
  readonly session: ChatSession;
  readonly running: TurnRecord | undefined;
}

/** A user's own sessions and messages. Another user's session is as unknown as one that does not exist. */
@Injectable()
export class HistoryService {
  constructor(
    private readonly store: HistoryStore,
    private readonly turns: TurnStore,
    private readonly titles: SearchTitles,
    private readonly late: LateOpenings,
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
    const { session, running } = await this.stateOf(userId, sessionId);
    return { session, activeTurnId: running?.id };
  }

  /** @throws AppError `not_found` */
  async renameSession(userId: string, sessionId: string, topic: string): Promise<SessionView> {
    const session = await this.store.renameSession(userId, sessionId, topic);
    if (session === undefined) throw errors.notFound('The session');
    await this.titles.put(session);
    const [running] = await this.turns.findRunning(userId, [sessionId]);
    return { session, activeTurnId: running?.id };
  }

  /** @throws AppError `not_found` */
  async stateOf(userId: string, sessionId: string): Promise<SessionState> {
    const [session, [running]] = await Promise.all([
      this.store.findSession(userId, sessionId),
      this.turns.findRunning(userId, [sessionId]),
    ]);
    if (session !== undefined) return { session, running };
    if (running !== undefined && !(await this.late.mustNotBeSeen(running)))
      return { session: sessionOf(running), running };
    throw errors.notFound('The session');
  }

  private async unstored(userId: string): Promise<readonly SessionView[]> {
    const running = await this.turns.listRunning(userId, MAX_RUNNING);
    const ids = running.map(({ sessionId }) => sessionId);
    const stored = new Set((await this.store.findSessions(userId, ids)).map(({ id }) => id));
    const fresh = running.filter(({ sessionId }) => !stored.has(sessionId));
    const late = await Promise.all(fresh.map((turn) => this.late.mustNotBeSeen(turn)));
    return fresh
      .filter((_, index) => late[index] === false)
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
