import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { errors } from '../platform/errors/errors.js';
import type { Principal, Role } from '../contract/principal.js';
import { REQUIRED_ROLES } from './roles.decorator.js';

/** Enforces `@Roles(…)`. Runs after the `AuthenticationGuard`, on whose `request.user` it relies. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  /** @throws AppError `unauthenticated` without a caller, `forbidden` when the caller has none of the roles */
  canActivate(context: ExecutionContext): boolean {
    const required = this.reflector.getAllAndOverride<Role[] | undefined>(REQUIRED_ROLES, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (required === undefined || required.length === 0) return true;
    const { user } = context.switchToHttp().getRequest<{ user?: Principal }>();
    if (user === undefined) throw errors.unauthenticated();
    if (!required.some((role) => user.roles.includes(role))) throw errors.forbidden();
    return true;
  }
}
