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
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { plainSse } from '../../sse/plain-sse.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { ADMISSION_PROBLEMS } from '../admission-problems.js';
import { sessionIdFrom } from '../client-ids.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { readRun } from './ag-ui-input.js';
import { AgUiRunDto } from './ag-ui.dto.js';
import { AgUiEncoder } from './ag-ui.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const STREAM_EXAMPLE = `data: {"type":"RUN_STARTED","threadId":"0199a1c2-1111-7abc-8def-000000000001","runId":"run-1"}

data: {"type":"TEXT_MESSAGE_START","messageId":"0199a1c2-4444-7abc-8def-000000000004","role":"assistant"}

data: {"type":"TEXT_MESSAGE_CONTENT","messageId":"0199a1c2-4444-7abc-8def-000000000004","delta":"I added “buy milk” as task 1."}

data: {"type":"TEXT_MESSAGE_END","messageId":"0199a1c2-4444-7abc-8def-000000000004"}

data: {"type":"RUN_FINISHED","threadId":"0199a1c2-1111-7abc-8def-000000000001","runId":"run-1","result":{"messageId":"0199a1c2-4444-7abc-8def-000000000004","charged":1,"finishReason":"stop"}}

`;

@ApiTags('AG-UI')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('agui')
export class AgUiController {
  constructor(private readonly chat: ChatStreamService) {}

  @Post(':chatflowId')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'runAgent',
    summary: 'Run a chatflow as an AG-UI agent',
    description:
      'Events of AG-UI 1.0, for `HttpAgent`. `threadId` is the session. `RUN_FINISHED` is sent when the answer is stored and charged, `RUN_ERROR` when the turn did not complete. Documents, token counts, a question to a human and the turn’s ids are `CUSTOM` events (`sources`, `usage`, `input-request`, `turn`). The client’s `state`, `context` and `forwardedProps` are not passed on. Its `tools` reach the model where the chatflow’s `clientOptions` allow it: calls come as `TOOL_CALL_START`, `TOOL_CALL_ARGS` and `TOOL_CALL_END` without a result, and the next run brings what came of them as messages of role `tool`.',
  })
  @ApiParam({ name: 'chatflowId', type: String, example: 'assistant' })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(AgUiRunDto, {
    'A run': {
      threadId: 'agui-shopping',
      runId: 'run-1',
      messages: [{ id: 'u1', role: 'user', content: 'Add a task to buy milk' }],
      tools: [],
      context: [],
      state: {},
    },
  })
  @ApiOkResponse(streamedAnswer('AgUiStreamEvent', STREAM_EXAMPLE))
  @ApiProblem(...ADMISSION_PROBLEMS)
  async run(
    @CurrentUser() principal: Principal,
    @Param('chatflowId') chatflowId: string,
    @Body() body: AgUiRunDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.chat.start(toStartTurn(principal, chatflowId, body, key));
    setTurnHeaders(response, handle);
    const { id, sessionId, messageId } = handle.turn;
    const encoder = new AgUiEncoder({ threadId: sessionId, runId: body.runId ?? id, messageId });
    return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0));
  }
}

function toStartTurn(
  principal: Principal,
  chatflowId: string,
  body: AgUiRunDto,
  key: string | undefined,
): TurnRequest {
  const { question, uploads, history, toolResults, options } = readRun(body);
  const sessionId = sessionIdFrom(body.threadId, 'threadId');
  const idempotencyKey = parseIdempotencyKey(key);
  return {
    principal,
    chatflowId,
    question,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(uploads.length === 0 ? {} : { uploads }),
    ...(history === undefined ? {} : { history }),
    ...(toolResults === undefined ? {} : { toolResults }),
    ...(options.length === 0 ? {} : { options }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
