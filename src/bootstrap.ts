import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DestinationStream } from 'pino';
import { AppModule } from './app.module.js';
import { PageOrigins } from './auth/issuers/page-origins.service.js';
import { API_SCHEMAS } from './chat/api-schemas.js';
import { DialectProblemFilter } from './chat/dialects/dialect-problem.filter.js';
import { sentencesOf } from './chat/dialects/shown-errors.js';
import type { AppConfig } from './config/app-config.js';
import { prepareIndexes } from './persistence/indexes/prepare-indexes.js';
import { prepareSchema } from './persistence/migrations/prepare-schema.js';
import { openDatabase, type OpenDatabase } from './persistence/open-database.js';
import { setBypassesOff } from './platform/http/bypasses.js';
import { configureHttp } from './platform/http/configure-http.js';
import { ShapedExpressAdapter } from './platform/http/shaped-express-adapter.js';
import { Drain } from './platform/lifecycle/drain.service.js';
import { InFlightRequests } from './platform/lifecycle/in-flight-requests.service.js';
import { createLog } from './platform/logging/create-log.js';
import { NestLogger } from './platform/logging/nest-logger.js';
import type { StructuredLog } from './platform/logging/structured-log.port.js';
import { serveDocumentation } from './platform/swagger/documentation.js';
import { placeInTrace } from './platform/tracing/current-span.js';
import { openTracing, type OpenTracing } from './platform/tracing/open-tracing.js';
import { rememberRules } from './platform/validation/remembered-rules.js';
import { RequestValidationPipe } from './platform/validation/validation.pipe.js';
import { StartError } from './platform/lifecycle/start.error.js';

/** Paths (with everything below them) that start turns, whose bodies may carry uploads. */
const UPLOAD_PATHS = ['/predict', '/api/v1/prediction', '/api/chat', '/v1', '/agui'];

export interface StartOptions {
  /** Where the log goes; standard output when it is not given. */
  readonly logDestination?: DestinationStream;
}

export interface RunningTollgate {
  /** Where it listens, as a client on this machine would write it, without a trailing slash. */
  readonly url: string;
  readonly app: NestExpressApplication;
  readonly log: StructuredLog;
  readonly database: OpenDatabase;
  /** Drains (bounded by `SHUTDOWN_DELAY_MS` and `SHUTDOWN_GRACE_MS`), closes the application, then the database. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Starts everything that one instance needs and listens.
 * @throws whatever keeps it from starting; by then nothing is left open
 */
export async function startTollgate(config: AppConfig, options: StartOptions = {}): Promise<RunningTollgate> {
  const place = config.tracing === undefined ? undefined : placeInTrace;
  const logger = createLog(config.logging, options.logDestination, place);
  for (const notice of config.notices) logger.warn(notice);
  const { bypassesOff } = config.operations;
  const database = await openDatabase(config.database, !bypassesOff.includes('direct-connection')).catch(
    (error: unknown) => {
      // The embedded database says in its own words what is wrong with the data folder.
      throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
    },
  );
  const tracing = await openTracing(config.tracing, logger);
  let app: NestExpressApplication | undefined;
  try {
    await prepareSchema(database, config, logger);
    await prepareIndexes(database, config.database, logger);
    app = await NestFactory.create<NestExpressApplication>(
      AppModule.register(config, database, logger, tracing),
      new ShapedExpressAdapter(!bypassesOff.includes('shaped-requests')),
      {
        bodyParser: false,
        logger: new NestLogger(logger),
        // A failed start is told by an exception, so that the database is closed and the message is ours.
        abortOnError: false,
      },
    );
    setBypassesOff(app, bypassesOff);
    const pageOrigins = app.get(PageOrigins);
    configureHttp(app, {
      config: config.http,
      logger,
      uploadPaths: UPLOAD_PATHS,
      pageConnections: () => pageOrigins.current,
    });
    rememberRules(!bypassesOff.includes('remembered-rules'));
    app.useGlobalPipes(new RequestValidationPipe());
    app.useGlobalFilters(new DialectProblemFilter(logger));
    serveDocumentation(app, { sentencesOf, schemas: API_SCHEMAS, basePath: config.http.basePath });
    await app.listen(config.http.port, config.http.host);
    const drain = app.get(Drain);
    // Last: modules have registered what they must bring to an end before the requests that wait for it.
    drain.register(app.get(InFlightRequests));
    return running(app, database, drain, logger, tracing);
  } catch (error) {
    await app?.close().catch(() => undefined);
    await database.close();
    await tracing.close();
    throw error;
  }
}

function running(
  app: NestExpressApplication,
  database: OpenDatabase,
  drain: Drain,
  log: StructuredLog,
  tracing: OpenTracing,
): RunningTollgate {
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await drain.begin();
    try {
      await app.close();
    } finally {
      await database.close();
      await tracing.close();
    }
  };
  return { url: urlOf(app.getHttpServer()), app, log, database, close: () => (closed ??= close()) };
}

/** A server that listens everywhere is reached on this machine by its loopback address. */
function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
