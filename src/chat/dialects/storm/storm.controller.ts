import { Body, Controller, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { breakOff, plainSse } from '../../sse/plain-sse.js';
import { ADMISSION_PROBLEMS, ANSWER_PROBLEMS } from '../admission-problems.js';
import { finishTurn } from '../finished-turn.js';
import { IDEMPOTENCY_HEADER } from '../idempotency-header.js';
import { setTurnHeaders } from '../turn-headers.js';
import { encodeStormAnswer, encodeStormContexts } from './storm-answer.js';
import { StormTurns } from './storm-turns.service.js';
import { StormAnswerDto, StormContextsDto, StormQuestionDto } from './storm.dto.js';
import { StormEncoder } from './storm.encoder.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { streamedAnswer, TURN_HEADERS } from '../turn-response.js';
import { Scope } from '../../../auth/scope.decorator.js';

const STREAM_EXAMPLE = `data: {"status":"success","data":{"id":"0199a1c2-4444-7abc-8def-000000000004","task_id":"0199a1c2-3333-7abc-8def-000000000003","model":"assistant","threadId":"0199a1c2-1111-7abc-8def-000000000001"}}

data: {"status":"success","data":{"id":"0199a1c2-4444-7abc-8def-000000000004","task_id":"0199a1c2-3333-7abc-8def-000000000003","model":"assistant","message":{"content":"Page by page."}}}

data: {"status":"success","data":{"id":"0199a1c2-4444-7abc-8def-000000000004","task_id":"0199a1c2-3333-7abc-8def-000000000003","model":"assistant","threadId":"0199a1c2-1111-7abc-8def-000000000001","is_final_event":true}}

`;
const BODIES = {
  'A question': { question: 'How is a document parsed?' },
  'A question in a thread': { question: 'And then?', bucketIds: [], threadId: 'storm-manuals' },
};
const ABOUT =
  'For clients of the Storm API: the key goes into `storm-api-key`, `threadId` is the session, `bucketIds` choose the chatflow.';

@ApiTags('Storm')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('api/v2/answer')
export class StormController {
  constructor(private readonly turns: StormTurns) {}

  @Post()
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({ operationId: 'askStorm', summary: 'Ask as Storm is asked', description: ABOUT })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(StormQuestionDto, BODIES)
  @ApiOkResponse({ type: StormAnswerDto, headers: TURN_HEADERS })
  @ApiProblem(...ADMISSION_PROBLEMS, ...ANSWER_PROBLEMS)
  async answer(
    @CurrentUser() principal: Principal,
    @Body() body: StormQuestionDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StormAnswerDto> {
    const handle = await this.turns.ask(principal, body, key);
    setTurnHeaders(response, handle);
    return encodeStormAnswer(handle.turn, await finishTurn(response, handle), new Date());
  }

  @Post('stream')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'streamStormAnswer',
    summary: 'Ask as Storm is asked, and stream the answer',
    description: `${ABOUT} The final event is sent when the answer is stored and charged; a turn that did not complete has \`"status":"error"\` in its place, behind which the connection ends without the end of its body.`,
  })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(StormQuestionDto, BODIES)
  @ApiOkResponse(streamedAnswer('StormStreamEvent', STREAM_EXAMPLE))
  @ApiProblem(...ADMISSION_PROBLEMS)
  async stream(
    @CurrentUser() principal: Principal,
    @Body() body: StormQuestionDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const handle = await this.turns.ask(principal, body, key);
    setTurnHeaders(response, handle);
    const encoder = new StormEncoder(handle.turn);
    return plainSse(response, (sink) => handle.subscribe(encoder, sink, 0), {
      // Two of its three known readers skip what is no success, and take any stream that ends properly for an answer.
      end: (open) => (encoder.failed ? breakOff(open) : open.end()),
    });
  }

  @Post('context')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'askStormContexts',
    summary: 'Ask, and get only the contexts of the answer',
    description: `${ABOUT} Contexts come from an answer, so this is a turn like any other: it is stored in its session and costs the same.`,
  })
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiExampleBody(StormQuestionDto, BODIES)
  @ApiOkResponse({ type: StormContextsDto, headers: TURN_HEADERS })
  @ApiProblem(...ADMISSION_PROBLEMS, ...ANSWER_PROBLEMS)
  async context(
    @CurrentUser() principal: Principal,
    @Body() body: StormQuestionDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StormContextsDto> {
    const handle = await this.turns.ask(principal, body, key);
    setTurnHeaders(response, handle);
    return encodeStormContexts(await finishTurn(response, handle));
  }
}
