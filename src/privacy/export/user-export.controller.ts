import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Audited } from '../../audit/audited.decorator.js';
import type { CutDownload } from '../../audit/cut-download.js';
import { ContinuedAccess } from '../../auth/continued-access.service.js';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { Roles } from '../../auth/roles.decorator.js';
import { Scope } from '../../auth/scope.decorator.js';
import { UserParamsDto } from '../../auth/users/users-query.dto.js';
import { isAdminRole, type Principal } from '../../contract/principal.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { DataDownloads } from './data-downloads.service.js';
import { DATA_LINES } from './data-lines.docs.js';
import { OwnData } from './own-data.service.js';
import { whileAllowed } from './while-allowed.js';
import { UserExportRequestDto } from './user-export.dto.js';

/** The one way to read what somebody else has said: with a reason, which is written down first. */
@ApiTags('Users (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users')
@Roles('admin')
export class UserExportController {
  constructor(
    private readonly data: OwnData,
    private readonly downloads: DataDownloads,
    private readonly access: ContinuedAccess,
  ) {}

  /** A POST: it leaves an entry in the audit log, and a reason in an address would stand in the logs of every proxy. */
  @Post(':userId/export')
  @Scope('admin')
  @Audited({
    action: 'user.export',
    target: { kind: 'user', param: 'userId' },
    details: { reason: 'reason' },
    outcome: { cutOff: 'cutOff' },
  })
  @HttpCode(200)
  @ApiExampleBody(UserExportRequestDto, {
    'A request for access': { reason: 'Request for access, ticket 4711' },
  })
  @ApiOperation({
    operationId: 'exportUser',
    summary: 'Download everything that is stored of a user (admin)',
    description:
      'For a person who asks for their data and cannot sign in any more. The lines of `GET /users/me/export`, of a disabled user, too. Who asks, of whom and for which reason is in the audit log before anything is ' +
      'read. Where an external service keeps the credits there is no `balance`: ask it there. One at a time for each admin: `rate_limited`. (docs/operating/erasure.md)',
  })
  @ApiOkResponse(DATA_LINES)
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'rate_limited', 'overloaded')
  export(
    @CurrentUser() admin: Principal,
    @Param() { userId }: UserParamsDto,
    @Body() _reason: UserExportRequestDto,
    @Res() response: Response,
  ): Promise<CutDownload | undefined> {
    return this.downloads.send(
      admin.userId,
      async () => whileAllowed(await this.data.linesOfUser(userId), () => this.isStillAdmin(admin)),
      response,
      'user-data.ndjson',
    );
  }

  private async isStillAdmin(admin: Principal): Promise<boolean> {
    const now = await this.access.of(admin);
    return now.kind === 'goes-on' && now.principal.roles.some(isAdminRole);
  }
}
