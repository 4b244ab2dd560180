import { Body, Controller, Get, Header, HttpCode, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { ApiProblem } from '../../platform/swagger/api-problem.js';
import { CurrentUser } from '../current-user.decorator.js';
import { SCOPES, type Principal } from '../../contract/principal.js';
import { PRIVATE_CACHE_CONTROL } from '../../platform/http/private-answers.js';
import { OptionalAuthentication, Public } from '../../platform/http/public.decorator.js';
import {
  LoginDto,
  LogoutDto,
  MeDto,
  REFRESH_TOKEN_EXAMPLE,
  RefreshDto,
  RegisterDto,
  RegisteredUserDto,
  TokenPairDto,
} from './auth.dto.js';
import { LoginService, type TokenPair } from './login.service.js';
import { RequestOrigin, type Origin } from './origin.decorator.js';
import { Logouts } from './logouts.service.js';
import { OwnAccountsGuard } from './own-accounts.guard.js';
import { ApiExampleBody } from '../../platform/swagger/api-example-body.js';
import { Scope } from '../scope.decorator.js';

@ApiTags('Auth')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly logouts: Logouts,
  ) {}

  @Post('register')
  @Public()
  @UseGuards(OwnAccountsGuard)
  @Header('Cache-Control', PRIVATE_CACHE_CONTROL)
  @ApiExampleBody(RegisterDto, {
    'An account': { email: 'ada@example.com', password: 'correct horse battery staple' },
  })
  @ApiOperation({
    operationId: 'register',
    summary: 'Register an account',
    description:
      'E-mails are compared without case. `forbidden` when registration is closed (the default in production) or an external issuer keeps the ' +
      'accounts. The commonest passwords, and those that contain the name in the e-mail, are `validation_failed`. Too many from one address in an ' +
      'hour: `rate_limited`.',
  })
  @ApiCreatedResponse({ type: RegisteredUserDto })
  @ApiProblem('validation_failed', 'forbidden', 'conflict', 'rate_limited', 'overloaded')
  async register(@Body() body: RegisterDto, @RequestOrigin() origin: Origin): Promise<RegisteredUserDto> {
    const user = await this.logins.register(body.email, body.password, origin);
    return { userId: user.id, email: user.email };
  }

  @Post('login')
  @HttpCode(200)
  @Public()
  @UseGuards(OwnAccountsGuard)
  @Header('Cache-Control', PRIVATE_CACHE_CONTROL)
  @ApiExampleBody(LoginDto, {
    'An account': { email: 'ada@example.com', password: 'correct horse battery staple' },
  })
  @ApiOperation({
    operationId: 'login',
    summary: 'Log in',
    description:
      'Ten failures for an e-mail from one address in 15 minutes, or too many for any e-mail: `rate_limited`. `account_disabled` is told only with the right password.',
  })
  @ApiOkResponse({ type: TokenPairDto })
  @ApiProblem(
    'validation_failed',
    'unauthenticated',
    'forbidden',
    'account_disabled',
    'rate_limited',
    'overloaded',
  )
  async login(@Body() body: LoginDto, @RequestOrigin() origin: Origin): Promise<TokenPairDto> {
    return toTokenPairDto(await this.logins.login(body.email, body.password, origin));
  }

  @Post('refresh')
  @HttpCode(200)
  @Public()
  @UseGuards(OwnAccountsGuard)
  @Header('Cache-Control', PRIVATE_CACHE_CONTROL)
  @ApiExampleBody(RefreshDto, { 'The token of a login': { refresh_token: REFRESH_TOKEN_EXAMPLE } })
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Exchange a refresh token for a new pair',
    description:
      'A refresh token is good for one use. The same pair is answered once more within 20 seconds (for two tabs at once, or a lost answer), ' +
      'unless its refresh token was used meanwhile. Any later use ends the login: all of its refresh tokens are refused from then on.',
  })
  @ApiOkResponse({ type: TokenPairDto })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden', 'account_disabled')
  async refresh(@Body() body: RefreshDto): Promise<TokenPairDto> {
    return toTokenPairDto(await this.logins.refresh(body.refresh_token));
  }

  @Post('logout')
  @Scope(...SCOPES)
  @HttpCode(204)
  @OptionalAuthentication()
  @ApiBearerAuth('bearer')
  @ApiSecurity({})
  @ApiOperation({
    operationId: 'logout',
    summary: 'Log out',
    description:
      'Ends the login of the access token, of the refresh token in the body, or of both. Its access tokens are refused at once here, on other instances within a second, without the bus within ten. ' +
      'With the access token of an identity provider it ends the session there that the token names, as far as this server goes: the token and those issued before it are refused, and answers that are being streamed to it end with `access_revoked`. ' +
      'A token that names no session stands for all of its user that name none. Tokens that the provider issues later are good: whoever signs out should end the session there as well. `forbidden` for a refresh token where there are no own accounts.',
  })
  @ApiBody({
    type: LogoutDto,
    required: false,
    examples: { the_access_token_s: { summary: 'The login of the access token', value: {} } },
  })
  @ApiNoContentResponse({ description: 'Logged out.' })
  @ApiProblem('validation_failed', 'unauthenticated', 'forbidden')
  logout(
    @CurrentUser() user: Principal | undefined,
    @RequestOrigin() origin: Origin,
    @Body() body?: LogoutDto,
  ): Promise<void> {
    return this.logouts.logOut(user, body?.refresh_token ?? undefined, origin);
  }

  @Get('me')
  @Scope(...SCOPES)
  @ApiBearerAuth('bearer')
  @ApiSecurity('apiKey')
  @ApiOperation({ operationId: 'getMe', summary: 'Who the credentials stand for' })
  @ApiOkResponse({ type: MeDto })
  @ApiProblem('unauthenticated')
  me(@CurrentUser() user: Principal): MeDto {
    return {
      userId: user.userId,
      ...(user.email === undefined ? {} : { email: user.email }),
      roles: [...user.roles],
    };
  }
}

function toTokenPairDto(pair: TokenPair): TokenPairDto {
  return {
    access_token: pair.accessToken,
    refresh_token: pair.refreshToken,
    token_type: 'Bearer',
    expires_in: pair.expiresInSeconds,
  };
}
