import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request, Response } from 'express';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { Principal } from '../contract/principal.js';
import { detailsOf } from './audit-details.js';
import { AuditLog, type AuditQuestion } from './audit-log.service.js';
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
  ) {}

  /** Nothing is done that could not be written down. @throws what the log throws */
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const audited = this.reflector.get<Audited>(AUDITED, context.getHandler());
    const http = context.switchToHttp();
    const requestId = http.getResponse<Response>().getHeader('x-request-id');
    const question = questionOf(audited, http.getRequest<AuditedRequest>(), requestId);
    const work = (): Promise<unknown> => lastValueFrom(next.handle(), { defaultValue: undefined });
    return from(this.audit.around(question, work, (answer) => learnedFrom(audited, answer, question)));
  }
}

function questionOf(
  { action, target, details }: Audited,
  { user, params, body }: AuditedRequest,
  requestId: unknown,
): AuditQuestion {
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

function learnedFrom(audited: Audited, answer: unknown, asked: AuditQuestion): Partial<AuditQuestion> {
  const told = detailsOf(answer, audited.outcome ?? {});
  return { ...madeBy(audited, answer), ...(told && { details: { ...asked.details, ...told } }) };
}

function madeBy({ makes }: Audited, answer: unknown): Partial<AuditQuestion> {
  if (makes === undefined) return {};
  const { id } = detailsOf(answer, { id: makes.path }) ?? {};
  return typeof id === 'string' ? { targetKind: makes.kind, targetId: id } : {};
}
