import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flowise, type FlowiseBehaviour } from './flowise-behaviours.js';

/** One prediction the server was asked for. */
export interface ReplayedRequest {
  readonly flowId: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** Distinguishes connections: equal for requests that shared one. */
  readonly clientPort: number;
  /** Whether the connection was closed before the answer was complete. */
  clientLeft: boolean;
  /** When the exchange is over, whoever ended it. */
  readonly closed: Promise<void>;
}

/** One call of the abort endpoint. */
export interface ReplayedAbort {
  readonly flowId: string;
  readonly chatId: string;
  readonly headers: IncomingHttpHeaders;
}

/** One request to delete the messages of a conversation. */
export interface ReplayedForget {
  readonly flowId: string;
  readonly sessionId: string | null;
  readonly headers: IncomingHttpHeaders;
}

/** A Flowise server for tests: real sockets, answers as told. */
export interface FlowiseReplay {
  readonly url: string;
  readonly requests: readonly ReplayedRequest[];
  readonly aborts: readonly ReplayedAbort[];
  readonly forgets: readonly ReplayedForget[];
  /** Answers from now on. @param flowId only for this flow; unset: for every flow without a behaviour of its own */
  respondWith(behaviour: FlowiseBehaviour, flowId?: string): void;
  /** How the abort endpoint answers; at first with 200. */
  respondToAbortWith(behaviour: FlowiseBehaviour): void;
  /** How requests to delete messages are answered; at first with 200. */
  respondToForgetWith(behaviour: FlowiseBehaviour): void;
  /** The request with this index (from 0), as soon as it has come. */
  request(index: number): Promise<ReplayedRequest>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback; it answers `tokens('Hello')` until it is told otherwise. */
export async function startFlowiseReplay(): Promise<FlowiseReplay> {
  const requests: ReplayedRequest[] = [];
  const aborts: ReplayedAbort[] = [];
  const forgets: ReplayedForget[] = [];
  const behaviours = new Map<string, FlowiseBehaviour>();
  let behaviour = flowise.tokens('Hello');
  let abortBehaviour: FlowiseBehaviour = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"status":200,"message":"Chat message aborted"}');
  };
  let forgetBehaviour: FlowiseBehaviour = (response) => {
    response.end('{"affected":2}');
  };
  let arrived: (() => void)[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://replay');
    const prediction = /\/api\/v1\/prediction\/([^/]+)$/.exec(path);
    const abort = /\/api\/v1\/chatmessage\/abort\/([^/]+)\/([^/]+)$/.exec(path);
    const messages = /\/api\/v1\/chatmessage\/([^/]+)$/.exec(path);
    const body = await readBody(request);
    if (request.method === 'POST' && prediction !== null) {
      const flowId = decodeURIComponent(prediction[1] ?? '');
      requests.push(record(flowId, request, response, body));
      for (const notify of arrived.splice(0)) notify();
      await (behaviours.get(flowId) ?? behaviour)(response);
    } else if (request.method === 'PUT' && abort !== null) {
      const [flowId = '', chatId = ''] = abort.slice(1).map(decodeURIComponent);
      aborts.push({ flowId, chatId, headers: request.headers });
      await abortBehaviour(response);
    } else if (request.method === 'DELETE' && messages !== null) {
      const flowId = decodeURIComponent(messages[1] ?? '');
      forgets.push({ flowId, sessionId: searchParams.get('sessionId'), headers: request.headers });
      await forgetBehaviour(response);
    } else {
      response.writeHead(404).end();
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    aborts,
    forgets,
    respondWith(next, flowId) {
      if (flowId === undefined) behaviour = next;
      else behaviours.set(flowId, next);
    },
    respondToAbortWith(next) {
      abortBehaviour = next;
    },
    respondToForgetWith(next) {
      forgetBehaviour = next;
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

function record(
  flowId: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): ReplayedRequest {
  const clientPort = request.socket.remotePort ?? 0;
  const parsed = JSON.parse(body) as Record<string, unknown>;
  const recorded: ReplayedRequest = {
    flowId,
    headers: request.headers,
    body: parsed,
    clientPort,
    clientLeft: false,
    closed: new Promise((resolve) => {
      response.once('close', () => {
        recorded.clientLeft = !response.writableFinished;
        resolve();
      });
    }),
  };
  return recorded;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
