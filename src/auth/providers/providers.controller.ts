import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AppConfig } from '../../config/app-config.js';
import { Mailer } from '../../mail/mailer.port.js';
import { Public } from '../../platform/http/public.decorator.js';
import { SignInProviderListDto, toSignInProviderDto } from './providers.dto.js';

/** Settings change with a restart; whoever was told the old ones asks again soon. */
const CACHE_CONTROL = 'public, max-age=60';

@ApiTags('Auth')
@Controller('auth/providers')
export class ProvidersController {
  constructor(
    private readonly config: AppConfig,
    private readonly mailer: Mailer,
  ) {}

  @Get()
  @Public()
  @Header('Cache-Control', CACHE_CONTROL)
  @ApiOperation({
    operationId: 'listSignInProviders',
    summary: 'How people sign in here',
    description:
      'Which OpenID providers there are and what a client needs to know to get tokens there, and whether there are own accounts.',
  })
  @ApiOkResponse({ type: SignInProviderListDto })
  list(): SignInProviderListDto {
    const { auth, accounts } = this.config;
    return {
      ownAccounts: auth.ownAccounts,
      registration: auth.ownAccounts && accounts.registration === 'open',
      passwordReset: auth.ownAccounts && this.mailer.isOn,
      data: auth.issuers.map(toSignInProviderDto),
    };
  }
}
