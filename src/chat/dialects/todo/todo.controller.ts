import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { AppConfig } from '../../../config/app-config.js';
import { errors } from '../../../platform/errors/errors.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { breakOff, plainSse } from '../../sse/plain-sse.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { ADMISSION_PROBLEMS } from '../admission-problems.js';
import { sessionIdFrom } from '../client-ids.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { TODO_DESCRIPTION, TODO_STREAM_EXAMPLE, TODO_TOOLS_DESCRIPTION } from './todo.docs.js';
import { TodoMessageDto } from './todo.dto.js';
import { TodoEncoder } from './todo.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const USER_ID = { name: 'userId', description: 'Your own, as `GET /auth/me` says it.' };
/** As the assistant's own server says it, and `private`. */
const NOT_STORED = {
  'Cache-Control': 'no-cache, no-store, must-revalidate, private, no-transform',
  Pragma: 'no-cache',
  Expires: '0',
};
const OK = streamedAnswer('TodoStreamEvent', TODO_STREAM_EXAMPLE);
const BODIES = {
  'A message': { message: 'Add a task to buy milk' },
  'A message in a conversation': { message: 'What is on my list?', conversation_id: 'todo-shopping' },
};

@ApiTags('Todo assistant')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('api/:userId/chat')
export class TodoController {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly config: AppConfig,
  ) {}

  @Post('stream')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamTodoAnswer',
    summary: 'Ask the todo assistant',
    description: TODO_DESCRIPTION,
  })
  @ApiParam(USER_ID)
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(TodoMessageDto, BODIES)
  @ApiOkResponse(OK)
  @ApiProblem(...ADMISSION_PROBLEMS, 'forbidden')
  stream(
    @CurrentUser() principal: Principal,
    @Param('userId') userId: string,
    @Body() body: TodoMessageDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.answer(this.toStartTurn(principal, userId, body, key), new TodoEncoder(false), response);
  }

  @Post('stream-tools')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamTodoAnswerWithTools',
    summary: 'Ask the todo assistant and see its tools at work',
    description: TODO_TOOLS_DESCRIPTION,
  })
  @ApiParam(USER_ID)
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(TodoMessageDto, BODIES)
  @ApiOkResponse(OK)
  @ApiProblem(...ADMISSION_PROBLEMS, 'forbidden')
  streamTools(
    @CurrentUser() principal: Principal,
    @Param('userId') userId: string,
    @Body() body: TodoMessageDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    return this.answer(this.toStartTurn(principal, userId, body, key), new TodoEncoder(true), response);
  }

  private async answer(request: TurnRequest, encoder: TodoEncoder, response: Response): Promise<void> {
    const handle = await this.chat.start(request);
    setTurnHeaders(response, handle);
    return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0), {
      headers: NOT_STORED,
      // One of its clients ignores `error` frames, and takes any stream that ends properly for an answer.
      end: (open) => (encoder.failed ? breakOff(open) : open.end()),
    });
  }

  private toStartTurn(
    principal: Principal,
    userId: string,
    { message, conversation_id }: TodoMessageDto,
    key: string | undefined,
  ): TurnRequest {
    if (userId !== principal.userId && userId !== principal.subject)
      throw errors.forbidden('You may only chat as yourself.');
    const sessionId = sessionIdFrom(conversation_id, 'conversation_id');
    const idempotencyKey = parseIdempotencyKey(key);
    return {
      principal,
      chatflowId: this.config.dialects.defaultChatflow,
      question: message,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
  }
}
