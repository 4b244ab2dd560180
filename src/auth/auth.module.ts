import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { AppConfig } from '../config/app-config.js';
import { AccountBootstrap } from './accounts/account-bootstrap.service.js';
import { AccountsService } from './accounts/accounts.service.js';
import { PasswordsController } from './passwords/passwords.controller.js';
import { PasswordResets } from './passwords/password-resets.service.js';
import { ResetRequests } from './passwords/reset-requests.service.js';
import { PasswordsService } from './passwords/passwords.service.js';
import { PasswordHasher } from './accounts/password-hasher.service.js';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { KeyRateGuard } from './api-keys/key-rate.guard.js';
import { ContinuedAccess } from './continued-access.service.js';
import { BackchannelLogoutController } from './backchannel/backchannel-logout.controller.js';
import { BackchannelLogout } from './backchannel/backchannel-logout.service.js';
import { ProviderSessions } from './backchannel/provider-sessions.service.js';
import { CallerStanding } from './caller-standing.service.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { AuthController } from './login/auth.controller.js';
import { Issuers } from './issuers/issuers.service.js';
import { PageOrigins } from './issuers/page-origins.service.js';
import { Logouts } from './login/logouts.service.js';
import { LoginService } from './login/login.service.js';
import { LoginThrottle } from './login/login-throttle.service.js';
import { ProvidersController } from './providers/providers.controller.js';
import { RequestAuthentication } from '../platform/http/request-authentication.port.js';
import { RequestAuthenticator } from './request-authenticator.service.js';
import { RolesGuard } from './roles.guard.js';
import { ScopesGuard } from './scopes.guard.js';
import { SignInsController } from './sign-ins/sign-ins.controller.js';
import { SignInsService } from './sign-ins/sign-ins.service.js';
import { StreamTickets } from './stream-tickets/stream-tickets.service.js';
import { AccessTokenStrategy } from './tokens/access-token.strategy.js';
import { AccessTokenService } from './tokens/access-token.service.js';
import { JwtSecret } from './tokens/jwt-secret.js';
import { OpenSignIns } from './tokens/open-sign-ins.service.js';
import { RefreshTokenService } from './tokens/refresh-token.service.js';
import { TokenRefusals } from './tokens/token-refusals.service.js';
import { TenantMoves } from './tenants/tenant-moves.service.js';
import { TokenPrincipals } from './tokens/token-principals.service.js';
import { LastAdmin } from './users/last-admin.service.js';
import { UsersController } from './users/users.controller.js';
import { UsersService } from './users/users.service.js';
import { VerifiedTokens } from './tokens/verified-tokens.service.js';

/**
 * Accounts, tokens and API keys. Needs, from global modules: `AppConfig`, the platform, the stores, `UserDirectory`, `Mailer` and `SignupCredits`. The
 * application binds the exported guards for every handler: `AuthenticationGuard`, `KeyRateGuard`, `ScopesGuard`, `RolesGuard`.
 */
@Module({
  imports: [JwtModule.register({})],
  controllers: [
    AuthController,
    ApiKeysController,
    BackchannelLogoutController,
    PasswordsController,
    ProvidersController,
    SignInsController,
    UsersController,
  ],
  providers: [
    { provide: JwtSecret, useFactory: (config: AppConfig) => JwtSecret.load(config), inject: [AppConfig] },
    AccessTokenService,
    AccessTokenStrategy,
    AccountBootstrap,
    AccountsService,
    ApiKeyAuthenticator,
    ApiKeysService,
    AuthenticationGuard,
    KeyRateGuard,
    BackchannelLogout,
    CallerStanding,
    ContinuedAccess,
    LastAdmin,
    Issuers,
    PageOrigins,
    ProviderSessions,
    LoginService,
    Logouts,
    LoginThrottle,
    OpenSignIns,
    PasswordHasher,
    PasswordResets,
    PasswordsService,
    RefreshTokenService,
    ResetRequests,
    RequestAuthenticator,
    { provide: RequestAuthentication, useExisting: RequestAuthenticator },
    RolesGuard,
    ScopesGuard,
    SignInsService,
    StreamTickets,
    TenantMoves,
    TokenPrincipals,
    TokenRefusals,
    UsersService,
    VerifiedTokens,
  ],
  exports: [
    AuthenticationGuard,
    RequestAuthentication,
    KeyRateGuard,
    RolesGuard,
    ScopesGuard,
    AccountBootstrap,
    ContinuedAccess,
    StreamTickets,
    ApiKeysService,
    PasswordsService,
    SignInsService,
    UsersService,
  ],
})
export class AuthModule {}
