import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { once } from 'node:events';
import { Audited } from '../../../audit/audited.decorator.js';
import { CurrentUser } from '../../../auth/current-user.decorator.js';
import type { Principal } from '../../../contract/principal.js';
import { MEMORY_STATES } from '../../conversations/memory-eraser.service.js';
import { toJson } from '../../../platform/json/to-json.js';
import { ApiProblem } from '../../../platform/swagger/api-problem.js';
import {
  MessageListDto,
  SessionDto,
  SessionExportDto,
  SessionListDto,
  toFlowiseMessageDto,
  toMessageDto,
  toSessionDto,
  toSessionTurnDto,
} from './history.dto.js';
import { MessageQueryDto, PageQueryDto, RenameSessionDto } from './history-query.dto.js';
import { errors } from '../../../platform/errors/errors.js';
import { HistoryService } from '../../history/history.service.js';
import { MessageReader } from '../../history/message-reader.service.js';
import { SessionDeletion } from '../../history/session-deletion.service.js';
import { ApiExampleBody } from '../../../platform/swagger/api-example-body.js';
import { pageOf } from '../../../platform/http/page-of.js';
import { Scope } from '../../../auth/scope.decorator.js';

const MEMORY_HEADER_NAME = 'X-Upstream-Memory';
const MEMORY_HEADER = {
  [MEMORY_HEADER_NAME]: {
    description:
      '`none`: no upstream remembered it. `deleted`: they have forgotten it. `pending`: one could not be reached and is asked again. `unsupported`: one has no way to forget.',
    schema: { type: 'string' as const, enum: [...MEMORY_STATES], example: 'deleted' },
  },
};
const MESSAGES_DESCRIPTION = `
A session is a tree: a question that was edited and an answer that was made anew stand beside what they were made from, as \`siblings\`, and nothing is lost. The list is
one branch of it, from its first message on: the one that was asked last, or with \`branch\` the one that a message lies on. To walk to a sibling, ask for the branch of
its \`previousId\` or \`nextId\`; that changes nothing. To go on from there, name the last answer as \`parentId\` of the next question.`;
/** The one in which an example of `POST /predict` asks. */
const SESSION_ID = { name: 'sessionId', example: 'shopping' };

@ApiTags('History')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly history: HistoryService,
    private readonly messages: MessageReader,
    private readonly deletion: SessionDeletion,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({ operationId: 'listSessions', summary: 'List your sessions, newest first' })
  @ApiOkResponse({ type: SessionListDto })
  @ApiProblem('validation_failed', 'unauthenticated')
  async list(@CurrentUser() user: Principal, @Query() page: PageQueryDto): Promise<SessionListDto> {
    const { items, nextCursor } = await this.history.listSessions(user.userId, page.limit, page.after);
    return pageOf(
      items.map(({ session, activeTurnId }) => toSessionDto(session, activeTurnId)),
      nextCursor,
    );
  }

  @Get(':sessionId')
  @Scope('read')
  @ApiOperation({
    operationId: 'getSession',
    summary: 'Look at a session',
    description: '`activeTurnId` names the turn that runs in it.',
  })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: SessionDto })
  @ApiProblem('unauthenticated', 'not_found')
  async find(@CurrentUser() user: Principal, @Param('sessionId') sessionId: string): Promise<SessionDto> {
    const { session, activeTurnId } = await this.history.findSession(user.userId, sessionId);
    return toSessionDto(session, activeTurnId);
  }

  @Patch(':sessionId')
  @Scope('chat')
  @ApiExampleBody(RenameSessionDto, { 'A name': { topic: 'Shopping' } })
  @ApiOperation({ operationId: 'renameSession', summary: 'Rename a session' })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: SessionDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found')
  async rename(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Body() body: RenameSessionDto,
  ): Promise<SessionDto> {
    const { session, activeTurnId } = await this.history.renameSession(user.userId, sessionId, body.topic);
    return toSessionDto(session, activeTurnId);
  }

  @Delete(':sessionId')
  @Audited({ action: 'session.delete', target: { kind: 'session', param: 'sessionId' } })
  @Scope('chat')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'deleteSession',
    summary: 'Delete a session with its messages and turns',
    description:
      'What was said is gone here, also for whoever follows its turns; charges and transactions stay. What upstreams remember of it is deleted as far as they can be reached, which the header says.',
  })
  @ApiParam(SESSION_ID)
  @ApiNoContentResponse({ description: 'It is gone.', headers: MEMORY_HEADER })
  @ApiProblem('unauthenticated', 'not_found', 'turn_in_progress')
  async delete(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    response.setHeader(MEMORY_HEADER_NAME, await this.deletion.delete(user.userId, sessionId));
  }

  @Get(':sessionId/messages')
  @Scope('read')
  @ApiOperation({
    operationId: 'listMessages',
    summary: 'Read a session’s messages, oldest first',
    description: MESSAGES_DESCRIPTION,
  })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: MessageListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found')
  async listMessages(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Query() { limit, after, branch, superseded, shape }: MessageQueryDto,
  ): Promise<MessageListDto> {
    const all = superseded === 'true';
    if (all && branch !== undefined)
      throw errors.validation([{ field: 'branch', message: 'does not go along with superseded' }]);
    const { items, siblings, turns, nextCursor } = await this.messages.list(user.userId, sessionId, {
      limit,
      ...(after === undefined ? {} : { after }),
      ...(branch === undefined ? {} : { branch }),
      all,
    });
    const toDto = shape === 'flowise' ? toFlowiseMessageDto : toMessageDto;
    const { data, ...place } = pageOf(
      items.map((message) => toDto(message, siblings.get(message.id))),
      nextCursor,
    );
    return { data, turns: turns.map(toSessionTurnDto), ...place };
  }

  @Get(':sessionId/export')
  @Scope('read')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="session.json"')
  @ApiOperation({
    operationId: 'exportSession',
    summary: 'Download a session with all its messages',
    description:
      'Those of all branches, in the order in which they were asked: `parentId` says what each follows, `lastMessageId` of the session where the branch ends that was asked last.',
  })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: SessionExportDto })
  @ApiProblem('unauthenticated', 'not_found')
  async export(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Res() response: Response,
  ): Promise<void> {
    const { session, activeTurnId } = await this.history.findSession(user.userId, sessionId);
    const head = toJson(toSessionDto(session, activeTurnId));
    // Written page by page: a long session is never held as a whole.
    response.write(`${head.slice(0, -1)},"messages":[`);
    let separator = '';
    for await (const messages of this.messages.all(user.userId, sessionId)) {
      if (response.destroyed) return;
      const page = messages.map((message) => toJson(toMessageDto(message))).join(',');
      if (!response.write(separator + page))
        await Promise.race([once(response, 'drain'), once(response, 'close')]);
      separator = ',';
    }
    response.end(']}');
  }
}
