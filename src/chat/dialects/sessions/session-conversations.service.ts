import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../contract/principal.js';
import { ChatflowFinder } from '../../../chatflows/chatflow-finder.service.js';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { AppError } from '../../../platform/errors/app.error.js';
import { newId } from '../../../platform/ids.js';
import { HistoryStore } from '../../records/history.store.port.js';
import type { ChatSession } from '../../records/chat-session.js';
import { HistoryService, type SessionView } from '../../history/history.service.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { SessionQuota } from '../../turn/admit/session-quota.service.js';
import type { TurnHandle } from '../../turn/turn-handle.js';
import { sessionIdFrom } from '../client-ids.js';
import { followsFrom } from '../parent-id.js';
import type { SessionMessageDto } from './sessions.dto.js';

/** Sessions that are opened before anything is asked in them. */
@Injectable()
export class SessionConversations {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly history: HistoryService,
    private readonly store: HistoryStore,
    private readonly quota: SessionQuota,
    private readonly chatflows: ChatflowFinder,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `not_found`, `chatflow_access_denied` or `chatflow_disabled`, of the chatflow; `quota_exceeded` */
  async open(principal: Principal, chatflowId = this.config.dialects.defaultChatflow): Promise<ChatSession> {
    const { id } = await this.chatflows.findToAsk(principal, chatflowId);
    const now = new Date(this.clock.now());
    const session: ChatSession = {
      id: newId(),
      userId: principal.userId,
      chatflowId: id,
      topic: '',
      messageCount: 0,
      supersededCount: 0,
      createdAt: now,
      updatedAt: now,
    };
    const stored = await this.quota.reserve(principal.userId);
    try {
      await this.store.openSession(session, principal.tenantId);
    } finally {
      stored();
    }
    return session;
  }

  /**
   * Asks the chatflow that the session was opened for, or the default one in a session that is new.
   * @throws AppError `validation_failed`, and whatever keeps a turn from starting
   */
  async ask(
    principal: Principal,
    session: string,
    { content: question, parentId }: Pick<SessionMessageDto, 'content' | 'parentId'>,
    key: string | undefined,
  ): Promise<TurnHandle> {
    const sessionId = sessionIdFrom(session, 'sessionId');
    const idempotencyKey = parseIdempotencyKey(key);
    const known = await this.sessionOf(principal.userId, session);
    const request: TurnRequest = {
      principal,
      chatflowId: known?.session.chatflowId ?? this.config.dialects.defaultChatflow,
      question,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...followsFrom(parentId),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    return (await this.followCut(request, known)) ?? this.chat.start(request);
  }

  /** Whether the end of the turn's stream has reached the connection of whoever asked. */
  noteEnd({ turn, attached }: TurnHandle, isSent: boolean): void {
    // Nothing has to be noted of a turn that went as they do.
    if (isSent && !attached) return;
    void this.chat.noteCut(turn, !isSent);
  }

  /** Its clients have no ids of events: after a cut they send the same message again. One that runs is attached to by everybody. */
  private async followCut(request: TurnRequest, known?: SessionView): Promise<TurnHandle | undefined> {
    const lastTurnId = known?.session.lastTurnId;
    if (request.idempotencyKey !== undefined || lastTurnId === undefined) return undefined;
    return known?.activeTurnId === undefined ? this.chat.followCut(request, lastTurnId) : undefined;
  }

  private async sessionOf(userId: string, sessionId: string): Promise<SessionView | undefined> {
    try {
      return await this.history.findSession(userId, sessionId);
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
