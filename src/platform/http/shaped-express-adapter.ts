import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { SSE_ABORT_CONTROLLER, type NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, RequestHandler } from 'express';

/**
 * Express on a Node server that makes requests and responses with express's prototypes from the start.
 *
 * Express gives every request and every response its own prototypes when it gets them. On Node 20 and 22 each of them thereby becomes an
 * object of a shape of its own: some kilobytes each, and no inline cache of V8 knows it. Setting the prototype that an object
 * already has changes nothing, so requests and responses are born with it.
 */
export class ShapedExpressAdapter extends ExpressAdapter {
  declare protected httpServer: Server;

  /** @param shaped false: as express does it by itself */
  constructor(private readonly shaped = true) {
    super();
  }

  /** Makes a plain HTTP server; what stands before it speaks TLS. @throws Error for options of another kind of server */
  override initHttpServer({ httpsOptions }: NestApplicationOptions): void {
    if (httpsOptions !== undefined) throw new Error('TLS is spoken by the proxy in front');
    const app = this.getInstance<Express>();
    this.httpServer = this.shaped ? createShapedServer(app) : createServer(app);
  }

  /** What comes after all routes and before the answer to an unknown path. To be set before the application starts. */
  afterRoutes: RequestHandler | undefined;

  override setNotFoundHandler(...handling: Parameters<ExpressAdapter['setNotFoundHandler']>): unknown {
    if (this.afterRoutes !== undefined) this.use(this.afterRoutes);
    return super.setNotFoundHandler(...handling) as unknown;
  }

  /** Stops listening and cuts every connection: streams and idle connections would keep the server from closing. */
  override close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.httpServer.close(() => resolve());
    });
    this.httpServer.closeAllConnections();
    return closed;
  }
}

/**
 * Stands for the controller that Nest makes for every request of an `@Sse()` route, and aborts at its end with an error whose stack is captured.
 * What is handed to `@SseSignal()` would come from it; no handler here asks.
 */
const NOBODY_LISTENS = {
  get signal(): never {
    throw new Error('@SseSignal() has no signal here: a stream learns of its end by its teardown');
  },
  abort: (): void => undefined,
};

function createShapedServer(app: Express): Server {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse {}
  Object.setPrototypeOf(Request.prototype, app.request);
  Object.setPrototypeOf(Response.prototype, app.response);
  Object.defineProperty(Request.prototype, SSE_ABORT_CONTROLLER, { value: NOBODY_LISTENS });
  app.request = Request.prototype as typeof app.request;
  app.response = Response.prototype as typeof app.response;
  return createServer({ IncomingMessage: Request, ServerResponse: Response }, app);
}
