import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Post,
  RequestMethod,
  Res,
  Sse,
  type MessageEvent,
} from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { directSse } from '../../sse/direct-sse.js';
import { REPEATED_FROM_HEADER, repeatedFrom } from '../../sse/last-event-id.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import { parseIdempotencyKey } from '../../turn/admit/idempotency-key.js';
import { ADMISSION_PROBLEMS } from '../admission-problems.js';
import { sessionIdFrom } from '../client-ids.js';
import { finishTurn } from '../finished-turn.js';
import { toDecision } from '../human-input.dto.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { followsFrom } from '../parent-id.js';
import { setTurnHeaders } from '../turn-headers.js';
import type { TurnRequest } from '../../records/turn-request.js';
import { PredictDto, PredictionDto, toFiles, toHistory } from './predict.dto.js';
import { PredictEncoder } from './predict.encoder.js';
import { encodePrediction } from './prediction.encoder.js';
import { PREDICT_BODIES, PREDICT_STREAM_DESCRIPTION, PREDICT_STREAM_EXAMPLE } from './predict.docs.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer, TURN_HEADERS } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

@ApiTags('Predict')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('predict')
export class PredictController {
  constructor(private readonly chat: ChatStreamService) {}

  @Sse('stream/store', { method: RequestMethod.POST })
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamPrediction',
    summary: 'Ask a chatflow and stream the answer',
    description: PREDICT_STREAM_DESCRIPTION,
  })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiHeader(REPEATED_FROM_HEADER)
  @ApiOkResponse(streamedAnswer('PredictStreamEvent', PREDICT_STREAM_EXAMPLE))
  @ApiExampleBody(PredictDto, PREDICT_BODIES)
  @ApiProblem(...ADMISSION_PROBLEMS, 'parent_not_found', 'conflict')
  async stream(
    @CurrentUser() principal: Principal,
    @Body() body: PredictDto,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const handle = await this.chat.start(toStartTurn(principal, body, key));
    setTurnHeaders(response, handle);
    const { id: turnId, sessionId, chatflowId } = handle.turn;
    const after = repeatedFrom(handle, lastEventId);
    const encoder = new PredictEncoder({ turnId, sessionId, chatflowId }, after);
    return directSse(response, (sink) => handle.subscribe(encoder, sink, after));
  }

  @Post()
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'predict',
    summary: 'Ask a chatflow and wait for the whole answer',
    description:
      'The same turn without streaming. A client that leaves does not end it: read the answer from the session, or repeat the request with the same `Idempotency-Key`.',
  })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiOkResponse({ type: PredictionDto, headers: TURN_HEADERS })
  @ApiExampleBody(PredictDto, PREDICT_BODIES)
  @ApiProblem(
    ...ADMISSION_PROBLEMS,
    'parent_not_found',
    'conflict',
    'upstream_failed',
    'upstream_timeout',
    'turn_stopped',
    'turn_interrupted',
  )
  async predict(
    @CurrentUser() principal: Principal,
    @Body() body: PredictDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PredictionDto> {
    const handle = await this.chat.start(toStartTurn(principal, body, key));
    setTurnHeaders(response, handle);
    return encodePrediction(handle.turn, await finishTurn(response, handle));
  }
}

function toStartTurn(principal: Principal, body: PredictDto, key: string | undefined): TurnRequest {
  const idempotencyKey = parseIdempotencyKey(key);
  const { overrideConfig, uploads, humanInput } = body;
  const sessionId = body.sessionId ?? sessionIdFrom(overrideConfig?.sessionId, 'overrideConfig.sessionId');
  return {
    principal,
    chatflowId: body.chatflow_id,
    question: body.question,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...followsFrom(body.parentId),
    ...(body.history ? { history: toHistory(body.history) } : {}),
    ...(overrideConfig ? { overrideConfig } : {}),
    ...(uploads ? { uploads: toFiles(uploads) } : {}),
    ...(humanInput ? { humanInput: toDecision(humanInput) } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
