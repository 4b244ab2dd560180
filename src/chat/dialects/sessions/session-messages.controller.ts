import { Body, Controller, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
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
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { SessionDto, toSessionDto } from '../history/history.dto.js';
import { plainSse } from '../../sse/plain-sse.js';
import { ADMISSION_PROBLEMS } from '../admission-problems.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { SessionConversations } from './session-conversations.service.js';
import { OpenSessionDto, SessionMessageDto } from './sessions.dto.js';
import { SessionsEncoder } from './sessions.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const STREAM_EXAMPLE = `data: {"type":"start","messageId":"0199a1c2-4444-7abc-8def-000000000004"}

data: {"type":"token","content":"I added “buy milk” as task 1."}

data: {"type":"end","messageId":"0199a1c2-4444-7abc-8def-000000000004"}

`;

@ApiTags('Sessions')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('sessions')
export class SessionMessagesController {
  constructor(private readonly conversations: SessionConversations) {}

  @Post()
  @Scope('chat')
  @ApiOperation({
    operationId: 'openSession',
    summary: 'Open a session',
    description: 'It is listed from now on, and gets its topic from the first question.',
  })
  @ApiExampleBody(OpenSessionDto, {
    'With a chatflow': { chatflowId: 'assistant' },
    'With the default one': {},
  })
  @ApiCreatedResponse({ type: SessionDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'chatflow_access_denied',
    'chatflow_disabled',
    'not_found',
    'quota_exceeded',
  )
  async open(@CurrentUser() principal: Principal, @Body() body: OpenSessionDto): Promise<SessionDto> {
    return toSessionDto(await this.conversations.open(principal, body.chatflowId));
  }

  @Post(':sessionId/messages/stream')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamSessionMessage',
    summary: 'Ask in a session and stream the answer',
    description:
      'Every frame is `data: {json}` and an empty line: `start{messageId}`, `token{content}` …, and `end{messageId}` once the answer is stored and charged, or `error{error}`. A session that is not known yet is opened, for the default chatflow. The same message again attaches to the turn that it has started, while that runs; after a cut also within five minutes of its end, and the answer comes from its beginning, once charged.',
  })
  @ApiParam({ name: 'sessionId', example: 'shopping' })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(SessionMessageDto, {
    'A message': { content: 'Add a task to buy milk' },
    'A first message in other words': { content: 'Add a task to buy oat milk', parentId: 'root' },
  })
  @ApiOkResponse(streamedAnswer('SessionStreamEvent', STREAM_EXAMPLE))
  @ApiProblem(...ADMISSION_PROBLEMS, 'parent_not_found')
  async ask(
    @CurrentUser() principal: Principal,
    @Param('sessionId') sessionId: string,
    @Body() body: SessionMessageDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.conversations.ask(principal, sessionId, body, key);
    setTurnHeaders(response, handle);
    await plainSse(response, (sink) => handle.subscribe(new SessionsEncoder(), sink, 0));
    this.conversations.noteEnd(handle, response.writableFinished);
  }
}
