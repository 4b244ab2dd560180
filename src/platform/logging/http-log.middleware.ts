import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { pinoHttp, startTime } from 'pino-http';
import { requestIdOf } from './request-id.js';
import { factsOf } from './request-log.js';
import { safeUrl } from './safe-url.js';
import type { LogFields } from './structured-log.js';

/** Asked every few seconds by machines; they would bury everything else. */
const QUIET_PATHS = /^\/(health|metrics)(\/|\?|$)/;

/** Names each request (`x-request-id`), gives it a log of its own and writes one line when its response has ended. */
export function httpLog(logger: Logger) {
  return pinoHttp({
    logger,
    genReqId: (request, response) => {
      const id = requestIdOf(request.headers['x-request-id']);
      response.setHeader('x-request-id', id);
      return id;
    },
    customAttributeKeys: { reqId: 'requestId' },
    // The closing line is made below; the default one holds all headers.
    quietReqLogger: true,
    quietResLogger: true,
    wrapSerializers: false,
    serializers: { req: () => undefined, res: () => undefined },
    customLogLevel: (request, response) => levelOf(request, response),
    customProps: (request) => ({ ...factsOf(request) }),
    customSuccessObject: (request, response) => closingFields(request, response),
    customErrorObject: (request, response) => closingFields(request, response),
    customErrorMessage: () => 'request failed',
  });
}

function levelOf(request: IncomingMessage, response: ServerResponse): 'debug' | 'info' | 'error' {
  if (response.statusCode >= 500 && response.statusCode !== 503) return 'error';
  return QUIET_PATHS.test(request.url ?? '') ? 'debug' : 'info';
}

function closingFields(request: IncomingMessage, response: ServerResponse): LogFields {
  const started = (response as unknown as Record<symbol, number | undefined>)[startTime] ?? Date.now();
  return {
    method: request.method,
    url: safeUrl((request as { originalUrl?: string }).originalUrl ?? request.url ?? ''),
    status: response.statusCode,
    durationMs: Date.now() - started,
    userId: (request as { user?: { userId?: string } }).user?.userId,
    // A stream that its client left is an ordinary end.
    clientLeft: response.writableEnded ? undefined : true,
  };
}
