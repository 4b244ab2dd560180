import { Body, Controller, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { plainSse } from '../../sse/plain-sse.js';
import { ADMISSION_PROBLEMS, ANSWER_PROBLEMS } from '../admission-problems.js';
import { finishTurn } from '../finished-turn.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { ChatCompletionsEncoder, encodeChatCompletion } from './chat-completions.encoder.js';
import {
  CHAT_COMPLETION_EXAMPLE,
  CHAT_COMPLETIONS_DESCRIPTION,
  CHAT_COMPLETIONS_STREAM_EXAMPLE,
  RESPONSE_EXAMPLE,
  RESPONSES_DESCRIPTION,
  RESPONSES_STREAM_EXAMPLE,
  RETRY_HEADER,
  SESSION_HEADER,
} from './openai.docs.js';
import { ChatCompletionRequestDto, ResponseRequestDto } from './openai.dto.js';
import { OpenAiTurns } from './openai-turns.service.js';
import { encodeResponse } from './response-object.js';
import { ResponsesEncoder } from './responses.encoder.js';

@ApiTags('OpenAI')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('v1')
export class OpenAiController {
  constructor(private readonly turns: OpenAiTurns) {}

  @Post('chat/completions')
  @HttpCode(200)
  @ApiOperation({ summary: 'Chat Completions', description: CHAT_COMPLETIONS_DESCRIPTION })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(SESSION_HEADER)
  @ApiHeader(RETRY_HEADER)
  @ApiOkResponse({
    description: 'The completion, or its chunks.',
    content: {
      'application/json': { schema: { type: 'object' }, example: CHAT_COMPLETION_EXAMPLE },
      'text/event-stream': { schema: { type: 'string' }, example: CHAT_COMPLETIONS_STREAM_EXAMPLE },
    },
  })
  @ApiProblem(...ADMISSION_PROBLEMS, ...ANSWER_PROBLEMS)
  async complete(
    @CurrentUser() principal: Principal,
    @Body() body: ChatCompletionRequestDto,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Headers('x-session-id') sessionId: string | undefined,
    @Headers('x-stainless-retry-count') retryCount: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.turns.complete(principal, body, {
      idempotencyKey,
      sessionId,
      retryCount,
      sent: request.body as Record<string, unknown>,
    });
    setTurnHeaders(response, handle);
    if (body.stream === true) {
      const encoder = new ChatCompletionsEncoder(handle.turn, body.stream_options?.include_usage === true);
      return plainSse(response, (sink) => handle.stream.subscribe(encoder, sink, 0));
    }
    response.json(encodeChatCompletion(handle.turn, await finishTurn(response, handle)));
  }

  @Post('responses')
  @HttpCode(200)
  @ApiOperation({ summary: 'Responses', description: RESPONSES_DESCRIPTION })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(SESSION_HEADER)
  @ApiHeader(RETRY_HEADER)
  @ApiOkResponse({
    description: 'The response, or its events.',
    content: {
      'application/json': { schema: { type: 'object' }, example: RESPONSE_EXAMPLE },
      'text/event-stream': { schema: { type: 'string' }, example: RESPONSES_STREAM_EXAMPLE },
    },
  })
  @ApiProblem(...ADMISSION_PROBLEMS, ...ANSWER_PROBLEMS)
  async respond(
    @CurrentUser() principal: Principal,
    @Body() body: ResponseRequestDto,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Headers('x-session-id') sessionId: string | undefined,
    @Headers('x-stainless-retry-count') retryCount: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.turns.respond(principal, body, {
      idempotencyKey,
      sessionId,
      retryCount,
      sent: request.body as Record<string, unknown>,
    });
    setTurnHeaders(response, handle);
    if (body.stream === true) {
      const encoder = new ResponsesEncoder(handle.turn);
      return plainSse(response, (sink) => handle.stream.subscribe(encoder, sink, 0));
    }
    response.json(encodeResponse(handle.turn, await finishTurn(response, handle)));
  }
}
