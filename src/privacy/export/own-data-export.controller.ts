import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { Scope } from '../../auth/scope.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { DataDownloads } from './data-downloads.service.js';
import { DATA_LINES } from './data-lines.docs.js';
import { OwnData } from './own-data.service.js';

@ApiTags('Your data')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users/me/export')
export class OwnDataExportController {
  constructor(
    private readonly data: OwnData,
    private readonly downloads: DataDownloads,
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
  @ApiOkResponse(DATA_LINES)
  @ApiProblem('unauthenticated', 'rate_limited', 'overloaded')
  async export(@CurrentUser() user: Principal, @Res() response: Response): Promise<void> {
    await this.downloads.send(user.userId, () => this.data.linesOf(user), response, 'my-data.ndjson');
  }
}
