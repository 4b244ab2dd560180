import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../contract/principal.js';
import { AppConfig } from '../../../config/app-config.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnHandle } from '../../turn/turn-handle.js';
import { sessionIdFrom } from '../client-ids.js';
import type { Regeneration } from '../../records/turn.js';
import { REGENERATING, type ChatRequestDto } from './ai-sdk.dto.js';
import { readWishes } from './chat-wishes.js';
import { readResults } from './ui-conversation.js';
import { readQuestion } from './ui-message.js';

export interface ChatHeaders {
  readonly chatflowId?: string;
  readonly idempotencyKey?: string;
  /** The body with all that the client sent: it may want more than we know of. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** The AI SDK's chats, which are sessions, and the turn that runs in one. */
@Injectable()
export class AiSdkChats {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly config: AppConfig,
  ) {}

  /** @throws AppError `validation_failed`, and whatever keeps a turn from starting */
  async ask(principal: Principal, body: ChatRequestDto, headers: ChatHeaders): Promise<TurnHandle> {
    const going = readResults(body);
    const { question, uploads } = going === undefined ? readQuestion(body) : { ...going, uploads: [] };
    const options = readWishes(body, headers.sent);
    const idempotencyKey = parseIdempotencyKey(headers.idempotencyKey);
    return this.chat.start({
      principal,
      chatflowId: body.chatflowId ?? headers.chatflowId ?? this.config.dialects.defaultChatflow,
      question,
      sessionId: body.id,
      ...regeneration(body),
      ...going,
      ...(uploads.length === 0 ? {} : { uploads }),
      ...(options.length === 0 ? {} : { options }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  }

  /** @returns undefined when nothing runs in the chat and nothing ended in it in the last minutes, also when nobody knows it */
  followLatest(principal: Principal, chatId: string): Promise<TurnHandle | undefined> {
    return this.chat.followLatest(principal, sessionIdFrom(chatId, 'id') ?? '');
  }

  /** Stops what runs in the chat, if anything does, and waits until it is settled. */
  async stop(principal: Principal, chatId: string): Promise<void> {
    const running = await this.chat.findRunning(principal, sessionIdFrom(chatId, 'id') ?? '');
    if (running !== undefined) await this.chat.stop(principal, running.id);
  }
}

/** `messageId` names the answer that is to be made anew, or for older clients nothing: then it is the last. */
function regeneration({ trigger, messageId }: ChatRequestDto): { readonly regenerates?: Regeneration } {
  if (trigger === undefined || !REGENERATING.includes(trigger)) return {};
  return { regenerates: messageId === undefined ? {} : { messageId } };
}
