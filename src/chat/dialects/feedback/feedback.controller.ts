import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import { Roles } from '../../../auth/roles.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { Clock } from '../../../platform/clock.port.js';
import { errors } from '../../../platform/errors/errors.js';
import { FeedbackMetrics } from '../../../platform/metrics/feedback-metrics.service.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import { FeedbackStore } from '../../records/feedback.store.port.js';
import { daysOf } from './feedback-days.js';
import {
  FeedbackDto,
  FeedbackQueryDto,
  FeedbackSummaryDto,
  PutFeedbackDto,
  toFeedbackDto,
  toSummaryDto,
} from './feedback.dto.js';
import { Scope } from '../../../auth/scope.decorator.js';

const SESSION_ID = { name: 'sessionId', example: 'shopping' };
const MESSAGE_ID = { name: 'messageId', description: 'Of an answer.' };

@ApiTags('History')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('sessions/:sessionId/messages/:messageId/feedback')
export class FeedbackController {
  constructor(
    private readonly store: FeedbackStore,
    private readonly metrics: FeedbackMetrics,
    private readonly clock: Clock,
  ) {}

  @Put()
  @Scope('chat')
  @ApiOperation({
    operationId: 'giveFeedback',
    summary: 'Say what you think of an answer',
    description: 'In place of what you said before. It stands with the message, and goes with it.',
  })
  @ApiParam(SESSION_ID)
  @ApiParam(MESSAGE_ID)
  @ApiExampleBody(PutFeedbackDto, { 'A good answer': { rating: 'up', tags: ['helpful'] } })
  @ApiOkResponse({ type: FeedbackDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found')
  async give(
    @CurrentUser() { userId }: Principal,
    @Param('sessionId') sessionId: string,
    @Param('messageId') messageId: string,
    @Body() { rating, comment, tags }: PutFeedbackDto,
  ): Promise<FeedbackDto> {
    const at = new Date(this.clock.now());
    const feedback = {
      rating,
      ...(comment === undefined ? {} : { comment }),
      ...(tags === undefined ? {} : { tags }),
      day: at.toISOString().slice(0, 10),
      at,
    };
    if (!(await this.store.give({ userId, sessionId, messageId }, feedback)))
      throw errors.notFound('The answer');
    this.metrics.feedbackGiven(rating);
    return toFeedbackDto(feedback);
  }

  @Delete()
  @Scope('chat')
  @HttpCode(204)
  @ApiOperation({ operationId: 'takeFeedbackBack', summary: 'Take back what you said of an answer' })
  @ApiParam(SESSION_ID)
  @ApiParam(MESSAGE_ID)
  @ApiNoContentResponse({ description: 'There is none.' })
  @ApiProblem('unauthenticated', 'not_found')
  async takeBack(
    @CurrentUser() { userId }: Principal,
    @Param('sessionId') sessionId: string,
    @Param('messageId') messageId: string,
  ): Promise<void> {
    if (!(await this.store.takeBack({ userId, sessionId, messageId }))) throw errors.notFound('The answer');
  }
}

@ApiTags('Feedback (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('feedback')
@Roles('admin')
export class FeedbackSummaryController {
  constructor(
    private readonly store: FeedbackStore,
    private readonly clock: Clock,
  ) {}

  @Get('summary')
  @Scope('admin')
  @ApiOperation({
    operationId: 'summarizeFeedback',
    summary: 'Count what users think of answers, by day and chatflow (admin)',
    description:
      'Counts only, of the answers that are still there, by the day on which the rating was given last.',
  })
  @ApiOkResponse({ type: FeedbackSummaryDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  async summarize(@Query() { from, to, chatflowId }: FeedbackQueryDto): Promise<FeedbackSummaryDto> {
    const days = daysOf(from, to, this.clock.now());
    return toSummaryDto(
      await this.store.count({ ...days, ...(chatflowId === undefined ? {} : { chatflowId }) }),
    );
  }
}
