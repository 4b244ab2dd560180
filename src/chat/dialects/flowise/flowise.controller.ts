import { Body, Controller, Get, Headers, HttpCode, Param, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
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
import { Public } from '../../../platform/http/public.decorator.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { plainSse } from '../../sse/plain-sse.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { ADMISSION_PROBLEMS, ANSWER_PROBLEMS } from '../admission-problems.js';
import { finishTurn } from '../finished-turn.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { encodeFlowiseAnswer } from './flowise-answer.encoder.js';
import { toStartTurn, wantsStream } from './flowise-request.js';
import { FLOWISE_PREDICTION_DESCRIPTION, FLOWISE_STREAM_EXAMPLE, FLOWISE_BODIES } from './flowise.docs.js';
import { CHATBOT_CONFIG, ChatbotConfigDto } from './chatbot-config.js';
import { FlowiseAnswerDto, FlowisePredictionDto, StreamingAvailableDto } from './flowise.dto.js';
import { FlowiseEncoder } from './flowise.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const CHATFLOW_ID = { name: 'chatflowId', type: String, example: 'assistant' };

@ApiTags('Flowise')
@Controller('api/v1')
export class FlowiseController {
  constructor(private readonly chat: ChatStreamService) {}

  @Get('chatflows-streaming/:chatflowId')
  @Public()
  @ApiOperation({
    operationId: 'checkFlowiseStreaming',
    summary: 'Whether a chatflow streams',
    description: 'Always, also for an unknown chatflow: Flowise’s clients ask without credentials.',
  })
  @ApiParam(CHATFLOW_ID)
  @ApiOkResponse({ type: StreamingAvailableDto })
  isStreaming(): StreamingAvailableDto {
    return { isStreaming: true };
  }

  @Get('public-chatbotConfig/:chatflowId')
  @Public()
  @ApiOperation({
    operationId: 'getFlowiseChatbotConfig',
    summary: 'How Flowise’s widget is to look',
    description:
      'As Flowise answers for a flow whose owner has configured nothing, and the same for every id, also an unknown one: the widget asks without credentials.',
  })
  @ApiParam(CHATFLOW_ID)
  @ApiOkResponse({ type: ChatbotConfigDto })
  chatbotConfig(): ChatbotConfigDto {
    return CHATBOT_CONFIG;
  }

  @Post('prediction/:chatflowId')
  @Scope('chat')
  @HttpCode(200)
  @ApiBearerAuth('bearer')
  @ApiSecurity('apiKey')
  @ApiExtraModels(FlowiseAnswerDto)
  @ApiOperation({
    operationId: 'predictAsFlowise',
    summary: 'Ask a chatflow as Flowise is asked',
    description: FLOWISE_PREDICTION_DESCRIPTION,
  })
  @ApiParam(CHATFLOW_ID)
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiOkResponse(streamedAnswer('FlowiseStreamEvent', FLOWISE_STREAM_EXAMPLE, { schema: 'FlowiseAnswer' }))
  @ApiExampleBody(FlowisePredictionDto, FLOWISE_BODIES)
  @ApiProblem(...ADMISSION_PROBLEMS, ...ANSWER_PROBLEMS, 'conflict')
  async predict(
    @CurrentUser() principal: Principal,
    @Param('chatflowId') chatflowId: string,
    @Body() body: FlowisePredictionDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.chat.start(toStartTurn(principal, chatflowId, body, key));
    setTurnHeaders(response, handle);
    if (wantsStream(body)) {
      const encoder = new FlowiseEncoder(handle.turn);
      return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0));
    }
    response.json(encodeFlowiseAnswer(handle.turn, await finishTurn(response, handle)));
  }
}
