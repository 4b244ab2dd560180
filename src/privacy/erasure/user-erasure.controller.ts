import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { Roles } from '../../auth/roles.decorator.js';
import { Scope } from '../../auth/scope.decorator.js';
import { UserParamsDto } from '../../auth/users/users-query.dto.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { toUserErasureDto, UserErasureDto } from './user-erasure.dto.js';
import { UserErasures } from './user-erasures.service.js';

@ApiTags('Users (admin)')
@ApiBearerAuth('bearer')
@ApiSecurity('apiKey')
@Controller('users')
@Roles('admin')
export class UserErasureController {
  constructor(private readonly erasures: UserErasures) {}

  @Delete(':userId')
  @Scope('admin')
  @Audited({ action: 'user.delete', target: { kind: 'user', param: 'userId' } })
  @HttpCode(202)
  @ApiOperation({
    operationId: 'deleteUser',
    summary: 'Delete a user with everything that is theirs (admin)',
    description:
      'Shuts the user out, ends what is being answered with `access_revoked`, and removes the account, sign-ins, keys, sessions, files, feedback and tasks, and what upstreams remember as far as they ' +
      'can be reached. Turns, ledger and audit log keep their rows, which say of nobody any more whose they were. It waits five seconds and goes on by itself, over restarts; asked again it tells how far it is. ' +
      'The last admin stays: `conflict`. (docs/operating/erasure.md)',
  })
  @ApiAcceptedResponse({ type: UserErasureDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found', 'conflict', 'overloaded')
  async delete(@Param() { userId }: UserParamsDto): Promise<UserErasureDto> {
    return toUserErasureDto(await this.erasures.erase(userId));
  }

  @Get(':userId/erasure')
  @Scope('admin')
  @ApiOperation({
    operationId: 'getUserErasure',
    summary: 'Ask how the deletion of a user has gone (admin)',
    description: 'For ninety days after its end.',
  })
  @ApiOkResponse({ type: UserErasureDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  async find(@Param() { userId }: UserParamsDto): Promise<UserErasureDto> {
    return toUserErasureDto(await this.erasures.find(userId));
  }
}
