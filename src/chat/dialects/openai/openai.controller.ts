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
import { echoOf } from './echoed-request.js';
import {
  CHAT_COMPLETION_EXAMPLE,
  CHAT_COMPLETIONS_DESCRIPTION,
  CHAT_COMPLETIONS_STREAM_EXAMPLE,
  RESPONSE_EXAMPLE,
  RESPONSES_DESCRIPTION,
  RESPONSES_STREAM_EXAMPLE,
  CHAT_COMPLETION_BODIES,
  RESPONSE_BODIES,
  RETRY_HEADER,
  SESSION_HEADER,
} from './openai.docs.js';
import { ChatCompletionRequestDto, ResponseRequestDto } from './openai.dto.js';
import { OpenAiTurns } from './openai-turns.service.js';
import { encodeResponse } from './response-object.js';
import { ResponsesEncoder } from './responses.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

@ApiTags('OpenAI')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('v1')
export class OpenAiController {
  constructor(private readonly turns: OpenAiTurns) {}

  @Post('chat/completions')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'createChatCompletion',
    summary: 'Chat Completions',
    description: CHAT_COMPLETIONS_DESCRIPTION,
  })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(SESSION_HEADER)
  @ApiHeader(RETRY_HEADER)
  @ApiOkResponse(
    streamedAnswer('ChatCompletionStreamEvent', CHAT_COMPLETIONS_STREAM_EXAMPLE, {
      schema: 'ChatCompletion',
      example: CHAT_COMPLETION_EXAMPLE,
    }),
  )
  @ApiExampleBody(ChatCompletionRequestDto, CHAT_COMPLETION_BODIES)
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
      return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0));
    }
    response.json(encodeChatCompletion(handle.turn, await finishTurn(response, handle)));
  }

  @Post('responses')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({ operationId: 'createResponse', summary: 'Responses', description: RESPONSES_DESCRIPTION })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(SESSION_HEADER)
  @ApiHeader(RETRY_HEADER)
  @ApiOkResponse(
    streamedAnswer('ResponseStreamEvent', RESPONSES_STREAM_EXAMPLE, {
      schema: 'OpenAiResponse',
      example: RESPONSE_EXAMPLE,
    }),
  )
  @ApiExampleBody(ResponseRequestDto, RESPONSE_BODIES)
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
    const sent = request.body as Record<string, unknown>;
    const handle = await this.turns.respond(principal, body, { idempotencyKey, sessionId, retryCount, sent });
    setTurnHeaders(response, handle);
    const turn = { ...handle.turn, asked: echoOf(sent) };
    if (body.stream === true) {
      const encoder = new ResponsesEncoder(turn);
      return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0));
    }
    response.json(encodeResponse(turn, await finishTurn(response, handle)));
  }
}
