import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { AppError } from '../platform/errors/app.error.js';
import type { Principal } from '../contract/principal.js';
import { keepPrivate } from '../platform/http/private-answers.js';
import { AUTHENTICATION_MODE, type AuthenticationMode } from '../platform/http/public.decorator.js';
import { readCredentials } from './credentials.js';
import { RequestAuthenticator } from './request-authenticator.service.js';

type AuthenticatedRequest = Request & { user?: Principal };

/**
 * Finds out who a request comes from and leaves it on `request.user`. Bind it for the whole application; `@Public()` and
 * `@OptionalAuthentication()` open handlers. What depends on who asks is kept by no cache.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: RequestAuthenticator,
  ) {}

  /** @throws AppError `unauthenticated`; `upstream_unavailable` when an external issuer's keys can't be fetched */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const mode = this.modeOf(context);
    if (mode === 'none') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    keepPrivate(response);
    if (mode === 'optional' && readCredentials(request) === undefined) return true;
    try {
      request.user = await this.authenticator.authenticate(request, response);
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'unauthenticated';
      if (mode === 'required' || !isRefused) throw error;
    }
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
