import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../contract/principal.js';

/** The caller, as the authentication guard found it; `undefined` only where authentication is not required. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  return context.switchToHttp().getRequest<{ user?: Principal }>().user;
});
