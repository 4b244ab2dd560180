import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { Request } from 'express';
import { AppError } from '../platform/errors/app-error.js';
import { errors } from '../platform/errors/errors.js';
import { ApiKeyAuthenticator } from './api-keys/api-key.authenticator.js';
import { readCredentials, type Credentials } from './credentials.js';
import type { Principal } from '../contract/principal.js';
import { AUTHENTICATION_MODE, type AuthenticationMode } from '../platform/http/public.decorator.js';
import { KeySetOutageError } from './tokens/issuer-keys.js';
import { AccessTokenStrategy } from './tokens/access-token.strategy.js';
import { TokenRefusals } from './tokens/token-refusals.service.js';
import { VerifiedTokens } from './tokens/verified-tokens.service.js';

type AuthenticatedRequest = Request & { user?: Principal };

/**
 * Finds out who a request comes from and leaves it on `request.user`. Bind it for the whole application; `@Public()` and
 * `@OptionalAuthentication()` open handlers. Access tokens go through the passport strategy unless one was verified a moment ago; API keys
 * are looked up.
 */
@Injectable()
export class AuthenticationGuard extends AuthGuard() {
  constructor(
    private readonly reflector: Reflector,
    private readonly verified: VerifiedTokens,
    private readonly apiKeys: ApiKeyAuthenticator,
    private readonly refusals: TokenRefusals,
    strategy: AccessTokenStrategy,
  ) {
    super({ defaultStrategy: strategy.name });
  }

  /** @throws AppError `unauthenticated`; `upstream_unavailable` when an external issuer's keys can't be fetched */
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const mode = this.modeOf(context);
    if (mode === 'none') return true;
    const credentials = readCredentials(this.getRequest(context));
    if (mode === 'required') return this.authenticate(context, credentials);
    try {
      return credentials === undefined || (await this.authenticate(context, credentials));
    } catch (error) {
      if (error instanceof AppError && error.code === 'unauthenticated') return true;
      throw error;
    }
  }

  override getRequest(context: ExecutionContext): AuthenticatedRequest {
    return context.switchToHttp().getRequest<AuthenticatedRequest>();
  }

  /** Called by passport with what the strategy found: errors of the strategy in `error`, of the token in `info`. */
  override handleRequest<TUser = Principal>(error: unknown, user: TUser | false, info: unknown): TUser {
    if (error instanceof KeySetOutageError) {
      throw errors.upstreamUnavailable("The identity provider's keys cannot be fetched.", error);
    }
    if (error !== null && error !== undefined) throw errors.internal(error);
    if (user) return user;
    this.refusals.note(info);
    throw errors.unauthenticated('The access token is not valid.', info);
  }

  private async authenticate(
    context: ExecutionContext,
    credentials: Credentials | undefined,
  ): Promise<boolean> {
    if (credentials === undefined) throw errors.unauthenticated();
    const request = this.getRequest(context);
    if (credentials.kind === 'api-key') {
      const principal = await this.apiKeys.authenticate(credentials.key);
      if (principal === undefined) throw errors.unauthenticated('The API key is not valid.');
      request.user = principal;
      return true;
    }
    const principal = this.verified.find(credentials.token);
    if (principal === undefined) return (await super.canActivate(context)) as boolean;
    request.user = principal;
    return true;
  }

  private modeOf(context: ExecutionContext): AuthenticationMode {
    const targets = [context.getHandler(), context.getClass()];
    return (
      this.reflector.getAllAndOverride<AuthenticationMode | undefined>(AUTHENTICATION_MODE, targets) ??
      'required'
    );
  }
}
