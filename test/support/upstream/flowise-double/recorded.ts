import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** One prediction that the server was asked for. */
export interface RecordedPrediction {
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
export interface RecordedAbort {
  readonly flowId: string;
  readonly chatId: string;
  readonly headers: IncomingHttpHeaders;
}

/** One call that deletes messages. */
export interface RecordedDeletion {
  readonly flowId: string;
  readonly sessionId?: string;
  readonly chatId?: string;
  readonly headers: IncomingHttpHeaders;
  /** How many messages are gone; 0 when it was refused. */
  readonly affected: number;
}

export function recordPrediction(
  flowId: string,
  body: Readonly<Record<string, unknown>>,
  request: IncomingMessage,
  response: ServerResponse,
): RecordedPrediction {
  const recorded: RecordedPrediction = {
    flowId,
    headers: request.headers,
    body,
    clientPort: request.socket.remotePort ?? 0,
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
