import { Body, Controller, HttpCode, Ip, Post, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { Public } from '../../platform/http/public.decorator.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { CurrentUser } from '../current-user.decorator.js';
import { ForAccessTokens } from '../scope.decorator.js';
import { RequestOrigin, type Origin } from '../login/origin.decorator.js';
import { OwnAccountsGuard } from '../login/own-accounts.guard.js';
import {
  ChangePasswordDto,
  PasswordResetRequestedDto,
  RequestPasswordResetDto,
  ResetPasswordDto,
} from './passwords.dto.js';
import { PasswordsService } from './passwords.service.js';
import { mailLanguage } from './reset-mail.js';
import { ResetRequests } from './reset-requests.service.js';

@ApiTags('Auth')
@Controller('auth')
@UseGuards(OwnAccountsGuard)
export class PasswordsController {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly resets: ResetRequests,
  ) {}

  @Post('password')
  @ForAccessTokens()
  @Audited({ action: 'user.change-password' })
  @HttpCode(204)
  @ApiBearerAuth('bearer')
  @ApiExampleBody(ChangePasswordDto, {
    'Another password': {
      current_password: 'correct horse battery staple',
      new_password: 'battery staple of a correct horse',
    },
  })
  @ApiOperation({
    operationId: 'changePassword',
    summary: 'Change your password',
    description:
      'Ends all other sign-ins. A wrong password of now is `forbidden`, and counts as a failed log-in does (`rate_limited`). Needs an access token.',
  })
  @ApiNoContentResponse({ description: 'Changed.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'rate_limited', 'overloaded')
  change(
    @CurrentUser() user: Principal,
    @Body() body: ChangePasswordDto,
    @Ip() address: string,
  ): Promise<void> {
    return this.passwords.change(user, body.current_password, body.new_password, address);
  }

  @Post('password-reset-requests')
  @HttpCode(202)
  @Public()
  @ApiExampleBody(RequestPasswordResetDto, { 'An account': { email: 'ada@example.com' } })
  @ApiOperation({
    operationId: 'requestPasswordReset',
    summary: 'Have a link sent with which a forgotten password is set',
    description:
      'Always 202, whether or not there is such an account. The link is good once, for a day; it is written in the first language of `Accept-Language` that the page has, ' +
      'else in English. At most five mails in an hour for one e-mail; too many from one address: `rate_limited`. `forbidden` where no mail is sent (SMTP_URL), and where an external issuer keeps the accounts.',
  })
  @ApiAcceptedResponse({ type: PasswordResetRequestedDto })
  @ApiProblem('validation_failed', 'forbidden', 'rate_limited', 'overloaded')
  async request(
    @Body() { email }: RequestPasswordResetDto,
    @RequestOrigin() origin: Origin,
  ): Promise<PasswordResetRequestedDto> {
    await this.resets.ask({ email, origin, language: mailLanguage(origin.acceptLanguage) });
    return { accepted: true };
  }

  @Post('password-reset')
  @HttpCode(204)
  @Public()
  @ApiExampleBody(ResetPasswordDto, {
    'With a token of an administrator': {
      token: '0199a1c2-5555-7abc-8def-000000000005.EXAMPLEonlyEXAMPLEonlyEXAMPLEonlyEXAMPLEonl',
      new_password: 'battery staple of a correct horse',
    },
  })
  @ApiOperation({
    operationId: 'resetPassword',
    summary: 'Set a password with a token of an administrator, or of a mail',
    description:
      'Ends all sign-ins. A token is good once, for a day, and until another one is made or the password changes.',
  })
  @ApiNoContentResponse({ description: 'Set.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'account_disabled', 'overloaded')
  reset(@Body() body: ResetPasswordDto, @RequestOrigin() origin: Origin): Promise<void> {
    return this.passwords.reset(body.token, body.new_password, origin);
  }
}
