import type { IncomingMessage, ServerResponse } from 'node:http';
import { requestIdOf } from './request-id.js';
import { closingFactsOf, openLog } from './request-log.js';
import { safeUrl } from './safe-url.js';
import type { LogFields, StructuredLog } from './structured-log.port.js';

/** Asked every few seconds by machines; they would bury everything else. */
const QUIET_PATHS = /^\/(health|metrics)(\/|\?|$)/;

/**
 * Express middleware that names each request (`x-request-id`) and writes one line when its response has ended. pino-http does the same with
 * four loggers for each request, which an open stream keeps.
 */
export function httpLog(log: StructuredLog) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const requestId = requestIdOf(request.headers['x-request-id']);
    const startedAt = Date.now();
    response.setHeader('x-request-id', requestId);
    openLog(request, log, requestId);
    response.once('close', () => writeClosingLine(log, request, response, startedAt));
    // Without a listener it would end the process.
    response.on('error', (error) =>
      log.error({ ...closingFactsOf(request), err: error }, 'a response failed'),
    );
    next();
  };
}

function writeClosingLine(
  log: StructuredLog,
  request: IncomingMessage,
  response: ServerResponse,
  startedAt: number,
): void {
  // Not a spread, which would make hidden classes for every request (decision 0010); the request's id stands first.
  const fields: LogFields = Object.assign({}, closingFactsOf(request), {
    method: request.method,
    url: safeUrl((request as { originalUrl?: string }).originalUrl ?? request.url ?? ''),
    status: response.statusCode,
    durationMs: Date.now() - startedAt,
    userId: (request as { user?: { userId?: string } }).user?.userId,
    // A stream that its client left is an ordinary end.
    clientLeft: response.writableEnded ? undefined : true,
  });
  log[levelOf(request, response)](fields, outcomeOf(response));
}

function levelOf(request: IncomingMessage, { statusCode }: ServerResponse): 'debug' | 'info' | 'error' {
  if (statusCode >= 500 && statusCode !== 503) return 'error';
  return QUIET_PATHS.test(request.url ?? '') ? 'debug' : 'info';
}

function outcomeOf({ statusCode, writableEnded }: ServerResponse): string {
  if (statusCode >= 500) return 'request failed';
  return writableEnded ? 'request completed' : 'request aborted';
}
