import { Body, Controller, Header, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { FormBody } from '../../platform/http/form-body.decorator.js';
import { PRIVATE_CACHE_CONTROL } from '../../platform/http/private-answers.js';
import { Public } from '../../platform/http/public.decorator.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { BackchannelLogoutDto, LOGOUT_TOKEN_EXAMPLE } from './backchannel-logout.dto.js';
import { BackchannelLogout } from './backchannel-logout.service.js';

@ApiTags('Auth')
@Controller('auth/backchannel-logout')
export class BackchannelLogoutController {
  constructor(private readonly logouts: BackchannelLogout) {}

  @Post()
  @Public()
  @FormBody()
  @HttpCode(200)
  @Header('Cache-Control', PRIVATE_CACHE_CONTROL)
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiExampleBody(BackchannelLogoutDto, { 'A logout token': { logout_token: LOGOUT_TOKEN_EXAMPLE } })
  @ApiOperation({
    operationId: 'backchannelLogout',
    summary: 'Sign a user out (for OpenID providers)',
    description:
      'OpenID Connect Back-Channel Logout 1.0: to be registered at the provider. Access tokens that the provider issued before, for the session (`sid`) or for ' +
      'the user (`sub`), are refused: at once here, on other instances within a second, without the bus within ten. Answers that are being streamed to the user ' +
      'end with `access_revoked`. The token must name a client of ours as its audience, be at most ten minutes old, and is good for one use. Why one is ' +
      'refused stands in the log.',
  })
  @ApiOkResponse({
    description: 'Signed out. The body is empty.',
    content: { 'text/plain': { schema: { type: 'string', maxLength: 0 }, example: '' } },
  })
  @ApiProblem('validation_failed', 'upstream_unavailable')
  async logOut(@Body() { logout_token: token }: BackchannelLogoutDto, @Ip() address: string): Promise<void> {
    await this.logouts.logOut(token, address);
  }
}
