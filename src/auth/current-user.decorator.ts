import type { ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ClientConnection, Principal } from '../contract/principal.js';

/**
 * The caller, as the authentication guard found it, with the connection on which they wait; `undefined` only where authentication is not
 * required.
 */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const { user } = http.getRequest<{ user?: Principal }>();
  return user && { ...user, connection: connectionOf(http.getResponse<ServerResponse>()) };
});

function connectionOf(response: ServerResponse): ClientConnection {
  return {
    isClosed: () => response.closed,
    onClosed: (listener) => {
      response.once('close', listener);
      return () => response.off('close', listener);
    },
  };
}
