import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { catchError, from, switchMap, throwError, type Observable } from 'rxjs';
import type { Principal } from '../contract/principal.js';
import { classifyError } from '../platform/errors/classify-error.js';
import { StructuredLog } from '../platform/logging/structured-log.port.js';
import { detailsOf } from './audit-details.js';
import { AuditLog, type AuditNote } from './audit-log.service.js';
import { AUDITED, type Audited } from './audited.js';

/** Longer than any id is: what does not name anything is refused by the route. */
const MAX_TARGET_CHARACTERS = 255;

type AuditedRequest = Request & { readonly user?: Principal };

/** Carries out `@Audited(…)`. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
    private readonly log: StructuredLog,
  ) {}

  /** Nothing is done that could not be written down. @throws what the log throws */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const audited = this.reflector.get<Audited>(AUDITED, context.getHandler());
    const http = context.switchToHttp();
    const requestId = http.getResponse<Response>().getHeader('x-request-id');
    const note = noteOf(audited, http.getRequest<AuditedRequest>(), requestId);
    return from(this.audit.write({ ...note, phase: 'asked' })).pipe(
      switchMap(() => next.handle().pipe(catchError((error: unknown) => this.refused(note, error)))),
    );
  }

  private refused(note: Omit<AuditNote, 'phase'>, error: unknown): Observable<never> {
    const { code } = classifyError(error);
    const written = this.audit.write({ ...note, phase: 'refused', code }).catch((failure: unknown) => {
      this.log.error({ err: failure, action: note.action }, 'That an action was refused could not be noted');
    });
    return from(written).pipe(switchMap(() => throwError(() => error)));
  }
}

function noteOf(
  { action, target, details }: Audited,
  { user, params, body }: AuditedRequest,
  requestId: unknown,
): Omit<AuditNote, 'phase'> {
  const targetId = target === undefined ? undefined : params[target.param];
  const told = detailsOf(body, details ?? {});
  return {
    action,
    ...(user === undefined ? {} : { actorId: user.userId }),
    ...(user?.apiKeyId === undefined ? {} : { apiKeyId: user.apiKeyId }),
    ...(target === undefined || typeof targetId !== 'string'
      ? {}
      : { targetKind: target.kind, targetId: targetId.slice(0, MAX_TARGET_CHARACTERS) }),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(told === undefined ? {} : { details: told }),
  };
}
