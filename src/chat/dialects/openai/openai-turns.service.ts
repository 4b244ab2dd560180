import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../contract/principal.js';
import { errors } from '../../../platform/errors/errors.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import type { AskedOption } from '../../client-input/options.policy.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnHandle } from '../../turn/turn-handle.js';
import { sessionIdFrom } from '../client-ids.js';
import { sessionIdFromHeader } from '../session-id.js';
import { isObject } from '../../../platform/json/json-object.js';
import { readCompletionOptions } from './completion-options.js';
import { ItemReferences } from './item-references.service.js';
import { readConversation, type AskedConversation, type InputMessage } from './openai-input.js';
import { MAX_MESSAGES, type ChatCompletionRequestDto, type ResponseRequestDto } from './openai.dto.js';
import { readItems } from './response-items.js';
import { readResponseOptions } from './response-options.js';
import { RESPONSE_ID_PREFIX } from './response-object.js';

/** What a request says beside its body. */
export interface OpenAiHeaders {
  readonly idempotencyKey?: string;
  /** `X-Session-Id`, percent-encoded: goes on in a session of ours. */
  readonly sessionId?: string;
  /** `X-Stainless-Retry-Count`: how often the client has repeated the request by itself. */
  readonly retryCount?: string;
  /** The body with all that the client sent: it may want more than we know of. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Starts turns for OpenAI's two APIs. */
@Injectable()
export class OpenAiTurns {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly references: ItemReferences,
  ) {}

  /**
   * Chat Completions know no sessions: without the header each request is a session of its own, and brings its history along.
   * @throws AppError `validation_failed`, and whatever keeps a turn from starting
   */
  complete(
    principal: Principal,
    body: ChatCompletionRequestDto,
    headers: OpenAiHeaders,
  ): Promise<TurnHandle> {
    const sessionId = sessionIdFrom(sessionIdFromHeader(headers.sessionId), 'X-Session-Id');
    const asked = readConversation(body.messages, 'messages');
    const wishes = readCompletionOptions(headers.sent);
    return this.start(principal, body.model, asked, wishes, sessionId, headers);
  }

  /**
   * Responses go on in the session of `conversation` or of `previous_response_id`.
   * @throws AppError `validation_failed`; `not_found` for a previous response or an item that is not the caller's; whatever keeps a turn from starting
   */
  async respond(principal: Principal, body: ResponseRequestDto, headers: OpenAiHeaders): Promise<TurnHandle> {
    const { conversation, previous_response_id: previous } = body;
    const named = isObject(conversation) ? conversation.id : conversation;
    const sessionId =
      sessionIdFrom(named, 'conversation') ??
      (await this.sessionOf(principal, previous ?? undefined)) ??
      sessionIdFrom(sessionIdFromHeader(headers.sessionId), 'X-Session-Id');
    const asked = readItems(await this.references.resolve(principal.userId, inputMessages(body.input)));
    const wishes = readResponseOptions(headers.sent);
    return this.start(principal, body.model, asked, wishes, sessionId, headers);
  }

  private start(
    principal: Principal,
    chatflowId: string,
    { question, history, uploads, toolResults, options: told }: AskedConversation,
    wishes: readonly AskedOption[],
    sessionId: string | undefined,
    headers: OpenAiHeaders,
  ): Promise<TurnHandle> {
    const idempotencyKey = parseIdempotencyKey(headers.idempotencyKey);
    const options = joinSystem([...wishes, ...told]);
    return this.chat.start({
      principal,
      chatflowId,
      question,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(history.length === 0 ? {} : { history }),
      ...(uploads.length === 0 ? {} : { uploads }),
      ...(options.length === 0 ? {} : { options }),
      ...(toolResults === undefined ? {} : { toolResults }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...repetitionOf(headers),
    });
  }

  private async sessionOf(principal: Principal, responseId: string | undefined): Promise<string | undefined> {
    if (responseId === undefined) return undefined;
    const turnId = responseId.startsWith(RESPONSE_ID_PREFIX)
      ? responseId.slice(RESPONSE_ID_PREFIX.length)
      : responseId;
    return (await this.chat.find(principal, turnId)).sessionId;
  }
}

function inputMessages(input: unknown): readonly InputMessage[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (Array.isArray(input) && input.length <= MAX_MESSAGES && input.every(isObject)) return input;
  throw errors.validation([{ field: 'input', message: 'must be a text or a list of messages' }]);
}

/** `instructions` and system messages are told one after the other. */
function joinSystem(options: readonly AskedOption[]): readonly AskedOption[] {
  const system = options.flatMap(({ passes }) => passes?.system ?? []);
  return options.map((option) => (option.option === 'system' ? { ...option, passes: { system } } : option));
}

/** What is no number says nothing. */
function repetitionOf({ retryCount = '' }: OpenAiHeaders): { readonly repetition?: number } {
  return /^\d{1,3}$/.test(retryCount) ? { repetition: Number(retryCount) } : {};
}
