import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  Sse,
  UseFilters,
  type MessageEvent,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { Observable } from 'rxjs';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { PREDICT_STREAM_EXAMPLE } from '../predict/predict.docs.js';
import { PredictEncoder } from '../predict/predict.encoder.js';
import { directSse } from '../../sse/direct-sse.js';
import { AFTER_QUERY, resumePosition } from '../../sse/last-event-id.js';
import { NothingMore, NothingMoreFilter } from '../../sse/nothing-more.filter.js';
import { ChatStreamService } from '../../turn/chat-stream.service.js';
import {
  AcceptedInputDto,
  StoppedTurnDto,
  StreamTicketDto,
  toTurnDto,
  TurnDto,
  TurnInputDto,
} from './turns.dto.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { eventStream, eventStreamDescription } from '../../../platform/swagger/event-stream.js';
import { Scope } from '../../../auth/scope.decorator.js';
import { AcceptsTicket } from '../../../auth/stream-tickets/accepts-ticket.decorator.js';
import { TICKET_PARAMETER } from '../../../auth/stream-tickets/stream-ticket.js';
import { StreamTickets } from '../../../auth/stream-tickets/stream-tickets.service.js';

/** No example: it would be a turn that nobody has. */
const TURN_ID = { name: 'turnId', description: 'As `X-Turn-Id` and the first event of a stream name it.' };

@ApiTags('Turns')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('turns')
export class TurnsController {
  constructor(
    private readonly chat: ChatStreamService,
    private readonly tickets: StreamTickets,
  ) {}

  @Get(':turnId')
  @Scope('chat', 'read')
  @ApiOperation({ operationId: 'getTurn', summary: 'Look at a turn' })
  @ApiParam(TURN_ID)
  @ApiOkResponse({ type: TurnDto })
  @ApiProblem('unauthenticated', 'not_found')
  async find(@CurrentUser() principal: Principal, @Param('turnId') turnId: string): Promise<TurnDto> {
    return toTurnDto(await this.chat.find(principal, turnId));
  }

  @Sse(':turnId/stream')
  @Scope('chat')
  @AcceptsTicket('turnId')
  @UseFilters(NothingMoreFilter)
  @ApiOperation({
    operationId: 'streamTurn',
    summary: 'Follow a turn, or go on where a connection was lost',
    description:
      'The events of `POST /predict/stream/store` behind the given one, without gap or duplicate, by any number of readers, while the turn runs and after it. 204 when the last event was seen already, which also ends the reconnects of an `EventSource`. A browser’s own `EventSource`, which sends no headers, comes with a `ticket` in the address.',
  })
  @ApiParam(TURN_ID)
  @ApiQuery(AFTER_QUERY)
  @ApiQuery({
    name: TICKET_PARAMETER,
    required: false,
    schema: { type: 'string', pattern: '^[\\w-]{43}$' },
    description: 'Instead of other credentials: what `POST /turns/{turnId}/ticket` answers. Good once.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that was seen.' })
  @ApiOkResponse({
    description: eventStreamDescription('PredictStreamEvent', PREDICT_STREAM_EXAMPLE),
    content: eventStream('PredictStreamEvent', PREDICT_STREAM_EXAMPLE),
  })
  @ApiNoContentResponse({ description: 'There is nothing more.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found')
  async stream(
    @CurrentUser() principal: Principal,
    @Param('turnId') turnId: string,
    @Query('after') after: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const position = resumePosition(after, lastEventId);
    const { turn, stream, subscribe } = await this.chat.follow(principal, turnId);
    if (stream.isEnded && position >= stream.log.end) throw new NothingMore();
    const { sessionId, chatflowId } = turn;
    const encoder = new PredictEncoder({ turnId, sessionId, chatflowId }, position);
    return directSse(response, (sink) => subscribe(encoder, sink, position));
  }

  @Post(':turnId/ticket')
  @Scope('chat')
  @ApiOperation({
    operationId: 'createStreamTicket',
    summary: 'Get a ticket for the stream of a turn, for clients that send no headers',
    description:
      'Good for half a minute, once, for `GET /turns/{turnId}/stream?ticket=…` of this turn alone, and with the rights of whoever makes it. When the connection is lost, get another one and go on with `after`.',
  })
  @ApiParam(TURN_ID)
  @ApiCreatedResponse({ type: StreamTicketDto })
  @ApiProblem('unauthenticated', 'not_found', 'rate_limited')
  async ticket(
    @CurrentUser() principal: Principal,
    @Param('turnId') turnId: string,
  ): Promise<StreamTicketDto> {
    const turn = await this.chat.find(principal, turnId);
    const { ticket, expiresAt } = await this.tickets.make(principal, turn.id);
    return { ticket, expiresAt: expiresAt.toISOString() };
  }

  @Post(':turnId/input')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'provideTurnInput',
    summary: 'Answer what an agent asks in a running turn',
    description:
      'For chatflows with `inputWaitSeconds`: after an `action` event the turn stays open that long, and the answer resumes its flow in the same stream. 409 when the turn does not wait for an answer.',
  })
  @ApiParam(TURN_ID)
  @ApiExampleBody(TurnInputDto, {
    'Go on': { action: 'proceed' },
    'An answer': { content: 'Yes, but only the open ones.' },
  })
  @ApiOkResponse({ type: AcceptedInputDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'chatflow_disabled',
    'not_found',
    'conflict',
    'overloaded',
  )
  async provideInput(
    @CurrentUser() principal: Principal,
    @Param('turnId') turnId: string,
    @Body() { action, content }: TurnInputDto,
  ): Promise<AcceptedInputDto> {
    const input = { ...(action ? { action } : {}), ...(content ? { content } : {}) };
    const turn = await this.chat.provideInput(principal, turnId, input);
    return { turnId: turn.id, status: turn.status };
  }

  @Post(':turnId/stop')
  @Scope('chat')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'stopTurn',
    summary: 'Stop a turn',
    description:
      'Ends the upstream call, keeps what was said, settles by the chatflow’s policy, and answers once that is done. A turn that has ended already answers its outcome.',
  })
  @ApiParam(TURN_ID)
  @ApiOkResponse({ type: StoppedTurnDto })
  @ApiProblem('unauthenticated', 'not_found', 'overloaded')
  async stop(@CurrentUser() principal: Principal, @Param('turnId') turnId: string): Promise<StoppedTurnDto> {
    const { turn, upstreamAcknowledged } = await this.chat.stop(principal, turnId);
    const kept = turn.settlement?.stores === true ? turn.settlement.measures.characters : 0;
    return {
      turnId: turn.id,
      status: turn.status,
      charged: turn.charged ?? 0,
      keptCharacters: kept,
      upstreamAcknowledged,
    };
  }
}
