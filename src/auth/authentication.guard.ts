import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { AppError } from '../platform/errors/app.error.js';
import type { Principal } from '../contract/principal.js';
import { keepPrivate } from '../platform/http/private-answers.js';
import { AUTHENTICATION_MODE, type AuthenticationMode } from '../platform/http/public.decorator.js';
import { readCredentials } from './credentials.js';
import { ACCEPTS_TICKET } from './stream-tickets/accepts-ticket.decorator.js';
import { TICKET_PARAMETER } from './stream-tickets/stream-ticket.js';
import { StreamTickets } from './stream-tickets/stream-tickets.service.js';
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
    private readonly tickets: StreamTickets,
  ) {}

  /** @throws AppError `unauthenticated`; `upstream_unavailable` when an external issuer's keys can't be fetched */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const mode = this.modeOf(context);
    if (mode === 'none') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    keepPrivate(response);
    const hasCredentials = readCredentials(request) !== undefined;
    if (mode === 'optional' && !hasCredentials) return true;
    if (!hasCredentials && (await this.usesTicket(context, request))) return true;
    try {
      request.user = await this.authenticator.authenticate(request, response);
    } catch (error) {
      const isRefused = error instanceof AppError && error.code === 'unauthenticated';
      if (mode === 'required' || !isRefused) throw error;
    }
    return true;
  }

  /** Only where no credentials came along, which would be asked for instead, and only to read. */
  private async usesTicket(context: ExecutionContext, request: AuthenticatedRequest): Promise<boolean> {
    const turnParam = this.reflector.get<string | undefined>(ACCEPTS_TICKET, context.getHandler());
    const ticket = request.query[TICKET_PARAMETER];
    if (turnParam === undefined || request.method !== 'GET' || ticket === undefined) return false;
    // Given twice it is a list, which is none.
    request.user = await this.tickets.use(
      typeof ticket === 'string' ? ticket : '',
      String(request.params[turnParam]),
    );
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
