import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../contract/principal.js';
import type { Chatflow } from '../../../chatflows/chatflow.js';
import { ChatflowsService } from '../../../chatflows/chatflows.service.js';
import { AppConfig } from '../../../config/app-config.js';
import { errors } from '../../../platform/errors/errors.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnHandle } from '../../turn/turn-handle.js';
import { sessionIdFrom } from '../client-ids.js';
import type { StormQuestionDto } from './storm.dto.js';

const MAX_CHATFLOWS = 10_000;

/** Starts turns for Storm's clients, which name buckets where others name a chatflow. */
@Injectable()
export class StormTurns {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly chatflows: ChatflowsService,
    private readonly config: AppConfig,
  ) {}

  /** @throws AppError `validation_failed`; `not_found` when no chatflow has these buckets; whatever keeps a turn from starting */
  async ask(principal: Principal, body: StormQuestionDto, key: string | undefined): Promise<TurnHandle> {
    if (body.webhookUrl !== undefined && body.webhookUrl !== null && body.webhookUrl !== '') {
      throw errors.validation([{ field: 'webhookUrl', message: 'is not supported' }]);
    }
    const sessionId = sessionIdFrom(body.threadId, 'threadId');
    const idempotencyKey = parseIdempotencyKey(key);
    return this.chat.start({
      principal,
      chatflowId: await this.chatflowFor(principal, body.bucketIds ?? []),
      question: body.question,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  }

  /** Buckets are never passed on: with the server's key a caller could read any of them. */
  private async chatflowFor(principal: Principal, bucketIds: readonly string[]): Promise<string> {
    if (bucketIds.length === 0) return this.config.dialects.stormChatflow;
    const { chatflows } = await this.chatflows.listFor(principal, undefined, MAX_CHATFLOWS);
    const found = chatflows.find((chatflow) => hasBuckets(chatflow, new Set(bucketIds)));
    if (found === undefined) throw errors.notFound('A chatflow for these buckets');
    return found.id;
  }
}

function hasBuckets({ upstream }: Chatflow, wanted: ReadonlySet<string>): boolean {
  const buckets = new Set(upstream.bucketIds);
  return buckets.size === wanted.size && [...wanted].every((bucket) => buckets.has(bucket));
}
