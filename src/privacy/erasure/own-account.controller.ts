import { Body, Controller, Delete, HttpCode, Ip } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import { CurrentUser } from '../../auth/current-user.decorator.js';
import { ForAccessTokens } from '../../auth/scope.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { DeleteAccountDto, toUserErasureDto, UserErasureDto } from './user-erasure.dto.js';
import { UserErasures } from './user-erasures.service.js';
import { OwnErasureGate } from './own-erasure-gate.service.js';

/** What everybody may do with what is their own. */
@ApiTags('Your data')
@ApiBearerAuth('bearer')
@Controller('users/me')
export class OwnAccountController {
  constructor(
    private readonly erasures: UserErasures,
    private readonly gate: OwnErasureGate,
  ) {}

  @Delete()
  @ForAccessTokens()
  @Audited({ action: 'user.delete' })
  @HttpCode(202)
  @ApiExampleBody(DeleteAccountDto, {
    'With your password': { password: 'correct horse battery staple' },
  })
  @ApiOperation({
    operationId: 'deleteAccount',
    summary: 'Delete your account with everything that is yours',
    description:
      'As `DELETE /users/{userId}` does. Needs an access token, and your password (a wrong one is `forbidden`, and counts as a failed log-in does: `rate_limited`), or, where an identity provider keeps the accounts, ' +
      'a token that it issued in the last five minutes.',
  })
  @ApiAcceptedResponse({ type: UserErasureDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'conflict', 'rate_limited', 'overloaded')
  async delete(
    @CurrentUser() user: Principal,
    @Body() { password }: DeleteAccountDto,
    @Ip() address: string,
  ): Promise<UserErasureDto> {
    await this.gate.assertMayErase(user, password, address);
    return toUserErasureDto(await this.erasures.erase(user.userId));
  }
}
