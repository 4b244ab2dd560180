import { SetMetadata, UseInterceptors, applyDecorators } from '@nestjs/common';
import { AuditInterceptor } from './audit.interceptor.js';
import { AUDITED, type Audited as AuditedRoute } from './audited.js';

/** Writes down who asks for this, before it is done; and that it was refused, if it was. */
export const Audited = (route: AuditedRoute): MethodDecorator =>
  applyDecorators(SetMetadata(AUDITED, route), UseInterceptors(AuditInterceptor));
