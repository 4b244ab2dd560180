import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How the server answers one request. When it returns without having ended the response, the response stays open: an
 * upstream that hangs.
 */
export type Behaviour = (response: ServerResponse) => void | Promise<void>;

/** One request that the server got. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As JSON; `{}` when there was none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the connection was closed before the answer was complete. */
  clientLeft: boolean;
  /** When the exchange is over, whoever ended it. */
  readonly closed: Promise<void>;
}

/** An upstream for tests: real sockets, any path, answers as told. */
export interface ReplayServer {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** How the next requests are answered, one behaviour for each; the last one stays. */
  respondWith(...behaviours: readonly Behaviour[]): void;
  /** The request with this index (from 0), as soon as it has come. */
  request(index: number): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback; it answers 404 until it is told otherwise. */
export async function startReplayServer(): Promise<ReplayServer> {
  const requests: RecordedRequest[] = [];
  let behaviours: Behaviour[] = [(response) => void response.writeHead(404).end()];
  let arrived: (() => void)[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const recorded = await record(request, closed);
    void closed.then(() => (recorded.clientLeft = !response.writableFinished));
    requests.push(recorded);
    for (const notify of arrived.splice(0)) notify();
    const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    await behaviour?.(response);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    respondWith(...next) {
      behaviours = [...next];
    },
    async request(index) {
      for (;;) {
        const found = requests[index];
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => (arrived = [...arrived, resolve]));
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function record(request: IncomingMessage, closed: Promise<void>): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>,
    clientLeft: false,
    closed,
  };
}
