import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { AppConfig } from '../../../config/app-config.js';
import { AppError } from '../../../platform/errors/app-error.js';
import { HistoryService } from '../../history/history.service.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/idempotency-key.js';
import type { TurnHandle } from '../../turn/start-turn.js';
import { sessionIdFrom } from '../client-ids.js';
import type { ChatRequestDto } from './ai-sdk.dto.js';
import { readQuestion } from './ui-message.js';

export interface ChatHeaders {
  readonly chatflowId?: string;
  readonly idempotencyKey?: string;
}

/** The AI SDK's chats, which are sessions, and the turn that runs in one. */
@Injectable()
export class AiSdkChats {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly history: HistoryService,
    private readonly config: AppConfig,
  ) {}

  /** @throws AppError `validation_failed`, and whatever keeps a turn from starting */
  async ask(principal: Principal, body: ChatRequestDto, headers: ChatHeaders): Promise<TurnHandle> {
    const { question, uploads } = readQuestion(body);
    const idempotencyKey = parseIdempotencyKey(headers.idempotencyKey);
    return this.chat.start({
      principal,
      chatflowId: body.chatflowId ?? headers.chatflowId ?? this.config.dialects.defaultChatflow,
      question,
      sessionId: body.id,
      ...(uploads.length === 0 ? {} : { uploads }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  }

  /** @returns undefined when nothing runs in the chat, also when nobody knows it */
  async followRunning(principal: Principal, chatId: string): Promise<TurnHandle | undefined> {
    const turnId = await this.runningIn(principal, chatId);
    return turnId === undefined ? undefined : this.chat.follow(principal, turnId);
  }

  /** Stops what runs in the chat, if anything does, and waits until it is settled. */
  async stop(principal: Principal, chatId: string): Promise<void> {
    const turnId = await this.runningIn(principal, chatId);
    if (turnId !== undefined) await this.chat.stop(principal, turnId);
  }

  private async runningIn({ userId }: Principal, chatId: string): Promise<string | undefined> {
    try {
      return (await this.history.findSession(userId, sessionIdFrom(chatId, 'id') ?? '')).activeTurnId;
    } catch (error) {
      if (error instanceof AppError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}
