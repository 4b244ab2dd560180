import { Body, Controller, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { AFTER_QUERY, REPEATED_FROM_HEADER, repeatedFrom, resumePosition } from '../../sse/last-event-id.js';
import { plainSse } from '../../sse/plain-sse.js';
import type { TurnHandle } from '../../turn/turn-handle.js';
import { ADMISSION_PROBLEMS } from '../admission-problems.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { AiSdkChats } from './ai-sdk-chats.service.js';
import { AI_SDK_BODIES, AI_SDK_DESCRIPTION, AI_SDK_STREAM_EXAMPLE } from './ai-sdk.docs.js';
import { ChatRequestDto, ChatStoppedDto } from './ai-sdk.dto.js';
import { AiSdkEncoder } from './ai-sdk.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const CHAT_ID = { name: 'id', example: 'Xh3rG8cVYQzbNk2L' };
const STREAM_OK = streamedAnswer('UiMessageStreamEvent', AI_SDK_STREAM_EXAMPLE);

@ApiTags('AI SDK')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('api/chat')
export class AiSdkController {
  constructor(private readonly chats: AiSdkChats) {}

  @Post()
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({ operationId: 'streamChat', summary: 'Ask in a chat', description: AI_SDK_DESCRIPTION })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(REPEATED_FROM_HEADER)
  @ApiHeader({
    name: 'X-Chatflow-Id',
    required: false,
    description: 'Whom to ask; `chatflowId` in the body wins.',
    example: 'assistant',
  })
  @ApiExampleBody(ChatRequestDto, AI_SDK_BODIES)
  @ApiOkResponse(STREAM_OK)
  @ApiProblem(...ADMISSION_PROBLEMS)
  async ask(
    @CurrentUser() principal: Principal,
    @Body() body: ChatRequestDto,
    @Headers('x-chatflow-id') chatflowId: string | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const sent = request.body as Record<string, unknown>;
    const handle = await this.chats.ask(principal, body, { chatflowId, idempotencyKey, sent });
    return stream(response, handle, repeatedFrom(handle, lastEventId));
  }

  @Get(':id/stream')
  @Scope('chat')
  @ApiOperation({
    operationId: 'resumeChat',
    summary: 'Go on with the answer that is being given in a chat, or has just been given',
    description:
      'From its beginning, under the same message id, as `resume` of `useChat` expects it; 204 when nothing runs and nothing ended within the last five minutes. With `after`, only what lies behind that event, without `start`.',
  })
  @ApiParam(CHAT_ID)
  @ApiQuery(AFTER_QUERY)
  @ApiOkResponse(STREAM_OK)
  @ApiNoContentResponse({ description: 'Nothing runs, and nothing has just ended.' })
  @ApiProblem('validation_failed', 'unauthenticated')
  async resume(
    @CurrentUser() principal: Principal,
    @Param('id') chatId: string,
    @Query('after') after: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const position = resumePosition(after, undefined);
    const handle = await this.chats.followLatest(principal, chatId);
    if (handle !== undefined) return stream(response, handle, position);
    response.status(204).end();
  }

  @Post(':id/stop')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'stopChat',
    summary: 'Stop what runs in a chat',
    description:
      'Answers once it is settled. `stop()` of `useChat` only leaves the stream: the turn runs on.',
  })
  @ApiParam(CHAT_ID)
  @ApiOkResponse({ type: ChatStoppedDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'overloaded')
  async stop(@CurrentUser() principal: Principal, @Param('id') chatId: string): Promise<ChatStoppedDto> {
    await this.chats.stop(principal, chatId);
    return { success: true };
  }
}

function stream(response: Response, handle: TurnHandle, after: number): Promise<void> {
  setTurnHeaders(response, handle);
  const encoder = new AiSdkEncoder(after);
  return plainSse(response, (sink) => handle.subscribe(encoder, sink, after), {
    headers: { 'x-vercel-ai-ui-message-stream': 'v1' },
  });
}
