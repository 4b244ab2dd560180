import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { Scope } from '../../auth/scope.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { DataDownloads } from './data-downloads.service.js';
import { OwnData } from './own-data.service.js';
import { writeLines } from './write-lines.js';

const EXAMPLE = [
  '{"type":"profile","id":"0199a1c2-5555-7abc-8def-000000000005","kind":"own","email":"ada@example.com","roles":["user"],"createdAt":"2026-01-31T12:00:00.000Z"}',
  '{"type":"session","id":"shopping","chatflowId":"assistant","topic":"Add a task to buy milk","messageCount":2,"createdAt":"2026-11-21T10:00:00.000Z","updatedAt":"2026-11-21T10:00:03.000Z"}',
  '{"type":"end","lines":2}',
].join('\n');

@ApiTags('Your data')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users/me/export')
export class OwnDataExportController {
  constructor(
    private readonly data: OwnData,
    private readonly downloads: DataDownloads,
    private readonly log: StructuredLog,
  ) {}

  @Get()
  @Scope('read')
  @ApiOperation({
    operationId: 'exportData',
    summary: 'Download everything that is stored of you',
    description:
      'A JSON object on each line, whose `type` says what it is: `profile`, `sign-in` (not for API keys), `api-key` (without its secret), `balance`, `transaction`, `task`; then each `session` with its `message`s of all branches and what you said of them, ' +
      'its `turn`s that left none, and its files: `attachment`, followed by `attachment-data`, base64 by `index`; at last the files that no question has taken. The last line is `end` with the number of lines before it: without it the download was cut short. ' +
      'One at a time: `rate_limited`. (docs/operating/erasure.md)',
  })
  @ApiOkResponse({
    description: 'Lines of JSON.',
    content: { 'application/x-ndjson': { schema: { type: 'string' }, example: EXAMPLE } },
  })
  @ApiProblem('unauthenticated', 'rate_limited', 'overloaded')
  async export(@CurrentUser() user: Principal, @Res() response: Response): Promise<void> {
    const end = this.downloads.begin(user.userId);
    try {
      response.setHeader('content-type', 'application/x-ndjson; charset=utf-8');
      response.setHeader('content-disposition', 'attachment; filename="my-data.ndjson"');
      await writeLines(this.data.linesOf(user), response);
    } catch (error) {
      // Nothing can be said any more: the missing last line does.
      this.log.warn({ userId: user.userId, err: error }, 'A download of a user’s data was cut short');
      response.destroy();
    } finally {
      end();
    }
  }
}
