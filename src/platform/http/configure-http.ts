import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Logger } from 'pino';
import type { HttpConfig } from '../../config/app-config.js';
import { ERROR_CODE_HEADER, ERROR_ID_HEADER } from '../errors/sentence.js';
import { belowBasePath } from './base-path.middleware.js';
import { InFlightRequests } from '../lifecycle/in-flight-requests.service.js';
import { Tracing } from '../tracing/tracing.port.js';
import { traceRequests } from '../tracing/trace-requests.middleware.js';
import { httpLog } from '../logging/http-log.middleware.js';
import { BodyBudget } from './body/body-budget.js';
import { BodyGate } from './body/body-gate.js';
import { answerExpectationsLate } from './body/expect-continue.js';
import { answerWholeJson } from './json-answers.js';
import { answerParserErrors } from './parser-errors.js';
import { RequestAuthentication } from './request-authentication.port.js';
import { methodNotAllowed } from './routes/method-not-allowed.js';
import { RouteTable } from './routes/route-table.js';
import { securityHeaders, type PageConnections } from './security-headers.js';
import type { ShapedExpressAdapter } from './shaped-express-adapter.js';
import { HalfOpenPeers } from './silence/half-open-peers.service.js';

const PREFLIGHT_CACHE_SECONDS = 600;
const EXPOSED_HEADERS = [
  'X-Upstream-Memory',
  'x-request-id',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Turn-Id',
  'X-Session-Id',
  'X-Ignored-Options',
  ERROR_CODE_HEADER,
  ERROR_ID_HEADER,
];

/** For receiving a whole request; it does not bound the response, so streams live on. Long enough for 10 MB on a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS_TIMEOUT_MS = 30_000;
/** Above the 60 s that common balancers keep idle connections, so that it is never us who closes first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export interface HttpSetup {
  readonly config: HttpConfig;
  readonly logger: Logger;
  /** Paths whose bodies may carry uploads. */
  readonly uploadPaths: readonly string[];
  readonly pageConnections: PageConnections;
}

/** Everything between the socket and the router, in the order in which a request meets it. To be called before the application starts. */
export function configureHttp(
  app: NestExpressApplication,
  { config, logger, uploadPaths, pageConnections }: HttpSetup,
): void {
  app.disable('x-powered-by');
  // An ETag costs a hash of every answer, and no answer of the API is worth revalidating.
  app.disable('etag');
  if (config.trustProxyHops > 0) app.set('trust proxy', config.trustProxyHops);
  answerWholeJson(app.getHttpAdapter().getInstance());
  if (config.basePath !== '') app.use(belowBasePath(config.basePath));
  const tracing = app.get(Tracing);
  if (tracing.isOn) app.use(traceRequests(tracing));
  app.use(httpLog(logger));
  app.use(app.get(InFlightRequests).track);
  app.use(securityHeaders(pageConnections));
  // Before bodies are read: a page must be able to read the problem document of a body that was refused.
  if (config.corsOrigins.length > 0) {
    app.enableCors({
      origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: PREFLIGHT_CACHE_SECONDS,
    });
  }
  const gate = new BodyGate({
    routes: app.get(RouteTable),
    // Implemented by the module of accounts and tokens, which is above this one.
    authentication: app.get(RequestAuthentication, { strict: false }),
    budget: app.get(BodyBudget),
    uploadPaths,
  });
  app.use(gate.handle);
  (app.getHttpAdapter() as ShapedExpressAdapter).afterRoutes = methodNotAllowed(app.get(RouteTable));
  answerExpectationsLate(app.getHttpServer());
  answerParserErrors(app.getHttpServer(), logger);
  setTimeouts(app.getHttpServer());
  app.get(HalfOpenPeers).watch(app.getHttpServer());
}

function setTimeouts(server: Server): void {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  // Idle sockets in the middle of a response are streams: heartbeats and the turn's own time-outs watch over them.
  server.timeout = 0;
}
