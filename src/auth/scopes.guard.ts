import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Principal, Scope } from '../contract/principal.js';
import { errors } from '../platform/errors/errors.js';
import { ACCEPTED_SCOPES } from './scope.decorator.js';

/**
 * Enforces `@Scope(…)` for callers with an API key. Runs after the `AuthenticationGuard`, on whose `request.user` it relies, and before the `RolesGuard`,
 * which decides about the owner.
 */
@Injectable()
export class ScopesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws AppError `insufficient_scope` for a key without any of the scopes; `forbidden` for every key where none is accepted */
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<{ user?: Principal }>();
    if (user?.apiKeyId === undefined) return true;
    const accepted = this.reflector.get<readonly Scope[] | undefined>(ACCEPTED_SCOPES, context.getHandler());
    if (accepted === undefined || accepted.length === 0)
      throw errors.forbidden('Sign in to do this: an API key cannot.');
    if (user.scopes?.some((scope) => accepted.includes(scope)) !== true)
      throw errors.insufficientScope(accepted);
    return true;
  }
}
