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
import { CurrentUser } from '../../auth/current-user.decorator.js';
import type { Principal } from '../../auth/principal.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import {
  MessageListDto,
  PageQueryDto,
  RenameSessionDto,
  SessionDto,
  SessionExportDto,
  SessionListDto,
  toMessageDto,
  toSessionDto,
} from './history.dto.js';
import { HistoryService } from './history.service.js';

const SESSION_ID = { name: 'sessionId', example: '0199a1c2-1111-7abc-8def-000000000001' };

@ApiTags('History')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('sessions')
export class SessionsController {
  constructor(private readonly history: HistoryService) {}

  @Get()
  @ApiOperation({ summary: 'List your sessions, newest first' })
  @ApiOkResponse({ type: SessionListDto })
  @ApiProblem('validation_failed', 'unauthenticated')
  async list(@CurrentUser() user: Principal, @Query() page: PageQueryDto): Promise<SessionListDto> {
    const { items, nextCursor } = await this.history.listSessions(user.userId, page.limit, page.after);
    return {
      data: items.map(({ session, activeTurnId }) => toSessionDto(session, activeTurnId)),
      has_more: nextCursor !== null,
      next_cursor: nextCursor,
    };
  }

  @Get(':sessionId')
  @ApiOperation({
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
  @ApiOperation({ summary: 'Rename a session' })
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
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a session with its messages',
    description: 'Charges and transactions stay.',
  })
  @ApiParam(SESSION_ID)
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblem('unauthenticated', 'not_found', 'turn_in_progress')
  async delete(@CurrentUser() user: Principal, @Param('sessionId') sessionId: string): Promise<void> {
    await this.history.deleteSession(user.userId, sessionId);
  }

  @Get(':sessionId/messages')
  @ApiOperation({ summary: 'Read a session’s messages, oldest first' })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: MessageListDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'not_found')
  async messages(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Query() page: PageQueryDto,
  ): Promise<MessageListDto> {
    const { items, nextCursor } = await this.history.listMessages(
      user.userId,
      sessionId,
      page.limit,
      page.after,
    );
    return { data: items.map(toMessageDto), has_more: nextCursor !== null, next_cursor: nextCursor };
  }

  @Get(':sessionId/export')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="session.json"')
  @ApiOperation({ summary: 'Download a session with all its messages' })
  @ApiParam(SESSION_ID)
  @ApiOkResponse({ type: SessionExportDto })
  @ApiProblem('unauthenticated', 'not_found')
  async export(
    @CurrentUser() user: Principal,
    @Param('sessionId') sessionId: string,
    @Res() response: Response,
  ): Promise<void> {
    const { session, activeTurnId } = await this.history.findSession(user.userId, sessionId);
    const head = JSON.stringify(toSessionDto(session, activeTurnId));
    // Written page by page: a long session is never held as a whole.
    response.write(`${head.slice(0, -1)},"messages":[`);
    let separator = '';
    for await (const messages of this.history.allMessages(sessionId)) {
      if (response.destroyed) return;
      const page = messages.map((message) => JSON.stringify(toMessageDto(message))).join(',');
      if (!response.write(separator + page))
        await Promise.race([once(response, 'drain'), once(response, 'close')]);
      separator = ',';
    }
    response.end(']}');
  }
}
