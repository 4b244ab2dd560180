import type { IncomingMessage, ServerResponse } from 'node:http';
import { bindTrace } from '../logging/request-log.js';
import type { Span, Tracing } from './tracing.port.js';
import { noteUnrecordedTrace } from './unrecorded-trace.js';

/** Asked every few seconds by machines. */
const UNTRACED_PATHS = /^\/(health|metrics)(\/|\?|$)/;

/**
 * Express middleware: a server span for each request, below the `traceparent` that came with it, until its response is over. It names the route and
 * not the path, in which ids may stand that a client has chosen.
 */
export function traceRequests(tracing: Tracing) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (UNTRACED_PATHS.test(request.url ?? '')) {
      next();
      return;
    }
    const { method = 'GET' } = request;
    const span = tracing.begin(method, {
      kind: 'server',
      attributes: { 'http.request.method': method, 'url.scheme': 'http' },
      parent: request.headers,
    });
    bindTrace(request, span.ids);
    if (!span.isRecorded) {
      noteUnrecordedTrace(request, span.carrier);
      next();
      return;
    }
    response.once('close', () => endOf(span, request, response));
    span.within(next);
  };
}

function endOf(span: Span, request: IncomingMessage, { statusCode, writableEnded }: ServerResponse): void {
  const route = routeOf(request);
  if (route !== undefined) span.rename(`${request.method ?? 'GET'} ${route}`);
  span.note({
    'http.route': route,
    'http.response.status_code': statusCode,
    // A stream that its client left is an ordinary end.
    'tollgate.client_left': writableEnded ? undefined : true,
  });
  if (statusCode >= 500) span.fail({ name: String(statusCode) });
  span.end();
}

function routeOf(request: IncomingMessage): string | undefined {
  const path = (request as { readonly route?: { readonly path?: unknown } }).route?.path;
  return typeof path === 'string' ? path : undefined;
}
