import type { IncomingMessage, ServerResponse } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ClientConnection, Principal } from '../contract/principal.js';
import { unrecordedTraceOf } from '../platform/tracing/unrecorded-trace.js';

/**
 * The caller, as the authentication guard found it, with the connection on which they wait; `undefined` only where authentication is not
 * required.
 */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const http = context.switchToHttp();
  const request = http.getRequest<IncomingMessage & { user?: Principal }>();
  const connection = connectionOf(request, http.getResponse<ServerResponse>());
  return request.user && { connection, ...request.user };
});

function connectionOf(request: IncomingMessage, response: ServerResponse): ClientConnection {
  const unrecordedTrace = unrecordedTraceOf(request);
  return {
    isClosed: () => response.closed,
    onClosed: (listener) => {
      response.once('close', listener);
      return () => response.off('close', listener);
    },
    ...(unrecordedTrace === undefined ? {} : { unrecordedTrace }),
  };
}
