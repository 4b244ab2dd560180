import { Controller, Delete, Get, HttpCode, Param, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../audit/audited.decorator.js';
import type { Principal } from '../../contract/principal.js';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { onlyPageOf } from '../../platform/http/page-of.js';
import { CurrentUser } from '../current-user.decorator.js';
import { ForAccessTokens } from '../scope.decorator.js';
import { OwnAccountsGuard } from '../login/own-accounts.guard.js';
import { SignInListDto, SignInParamsDto, toSignInDto } from './sign-in.dto.js';
import { MAX_LISTED_SIGN_INS, SignInsService } from './sign-ins.service.js';

@ApiTags('Auth')
@ApiBearerAuth('bearer')
@Controller('auth/sign-ins')
@UseGuards(OwnAccountsGuard)
export class SignInsController {
  constructor(private readonly signIns: SignInsService) {}

  @Get()
  @ForAccessTokens()
  @ApiOperation({
    operationId: 'listSignIns',
    summary: 'List where you are signed in',
    description:
      'Needs an access token. `forbidden` with an API key, and where an external issuer keeps the accounts.',
  })
  @ApiOkResponse({ type: SignInListDto })
  @ApiProblem('unauthenticated', 'forbidden')
  async list(@CurrentUser() user: Principal): Promise<SignInListDto> {
    const found = await this.signIns.list(user);
    return onlyPageOf(
      found.slice(0, MAX_LISTED_SIGN_INS).map((family) => toSignInDto(family, user.loginId)),
      found.length > MAX_LISTED_SIGN_INS,
    );
  }

  @Delete()
  @ForAccessTokens()
  @Audited({ action: 'sign-in.end' })
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endSignIns',
    summary: 'Sign out everywhere',
    description:
      'Ends all your sign-ins, this one too. Their access tokens are refused at once here, on other instances within a second, without the bus within ' +
      'ten. API keys stay.',
  })
  @ApiNoContentResponse({ description: 'Signed out.' })
  @ApiProblem('unauthenticated', 'forbidden')
  endAll(@CurrentUser() user: Principal): Promise<void> {
    return this.signIns.endOwn(user);
  }

  @Delete(':signInId')
  @ForAccessTokens()
  @Audited({ action: 'sign-in.end', target: { kind: 'sign-in', param: 'signInId' } })
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endSignIn',
    summary: 'Sign one device out',
    description: 'Its access tokens are refused as those of `DELETE /auth/sign-ins` are.',
  })
  @ApiNoContentResponse({ description: 'Signed out.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'not_found')
  end(@CurrentUser() user: Principal, @Param() { signInId }: SignInParamsDto): Promise<void> {
    return this.signIns.end(user, signInId);
  }
}
