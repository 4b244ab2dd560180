import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}
export type Answer = (response: ServerResponse) => void;

/** A server that says exactly what a test wants: one answer per request, in order. */
export async function startScriptedServer(...answers: readonly Answer[]) {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    request.resume();
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    const answer = answers[requests.length - 1];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** A stream of these pieces. @param end how it goes on behind them */
export const sse =
  (pieces: readonly string[], end: 'end' | 'reset' | 'hang' = 'end'): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-turn-id': 't1', 'x-session-id': 's1' });
    response.write(pieces.join(''), () => {
      if (end === 'end') response.end();
      else if (end === 'reset') response.destroy();
    });
  };

export const problem =
  (status: number, body: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers });
    response.end(JSON.stringify(body));
  };

export const frame = (id: number, event: string, data: unknown, more: object = {}): string =>
  `id: ${id}\ndata: ${JSON.stringify({ event, data, ...more })}\n\n`;
export const START = frame(1, 'session_id', 's1', { chatflow_id: 'c1', turn_id: 't1' });
export const done = (id: number): string =>
  frame(id - 1, 'metadata', { messageId: 'm1', charged: 1 }) + frame(id, 'end', '[DONE]');
