import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Principal } from '../../../auth/principal.js';
import { ChatflowFinder } from '../../../chatflows/chatflow-finder.js';
import { AppConfig } from '../../../config/app-config.js';
import { Clock } from '../../../platform/clock.js';
import { AppError } from '../../../platform/errors/app-error.js';
import { newId } from '../../../platform/ids.js';
import { HistoryStore, type ChatSession } from '../../history/history-store.port.js';
import { HistoryService } from '../../history/history.service.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/idempotency-key.js';
import type { StartTurn, TurnHandle } from '../../turn/start-turn.js';
import type { TurnRecord } from '../../turn/turn.js';
import { sessionIdFrom } from '../client-ids.js';

/** Turns whose end went out here; of one that is forgotten, the next repeat is taken for one after a cut. */
const ENDS_SENT = 10_000;

/** Sessions that are opened before anything is asked in them. */
@Injectable()
export class SessionConversations {
  private readonly endsSent = new LRUCache<string, true>({ max: ENDS_SENT });

  constructor(
    private readonly chat: ChatStreamService,
    private readonly history: HistoryService,
    private readonly store: HistoryStore,
    private readonly chatflows: ChatflowFinder,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `not_found` or `chatflow_access_denied`, of the chatflow */
  async open(principal: Principal, chatflowId = this.config.dialects.defaultChatflow): Promise<ChatSession> {
    const { id } = await this.chatflows.findFor(principal, chatflowId);
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
    await this.store.openSession(session);
    return session;
  }

  /**
   * Asks the chatflow that the session was opened for, or the default one in a session that is new.
   * @throws AppError `validation_failed`, and whatever keeps a turn from starting
   */
  async ask(
    principal: Principal,
    session: string,
    question: string,
    key: string | undefined,
  ): Promise<TurnHandle> {
    const sessionId = sessionIdFrom(session, 'sessionId');
    const idempotencyKey = parseIdempotencyKey(key);
    const request: StartTurn = {
      principal,
      chatflowId: await this.chatflowOf(principal.userId, session),
      question,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    return (await this.cutOff(request)) ?? this.chat.start(request);
  }

  /** The end of the turn's stream has been sent: whoever asks the same again wants to ask it again. */
  endSent({ id }: TurnRecord): void {
    this.endsSent.set(id, true);
  }

  /** Its clients have no ids of events: after a cut they send the same message again. One that runs is attached to by everybody. */
  private async cutOff(request: StartTurn): Promise<TurnHandle | undefined> {
    if (request.idempotencyKey !== undefined) return undefined;
    const handle = await this.chat.followRepeated(request);
    return handle === undefined || this.endsSent.has(handle.turn.id) ? undefined : handle;
  }

  private async chatflowOf(userId: string, sessionId: string): Promise<string> {
    try {
      return (await this.history.findSession(userId, sessionId)).session.chatflowId;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found')
        return this.config.dialects.defaultChatflow;
      throw error;
    }
  }
}
