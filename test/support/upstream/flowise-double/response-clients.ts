import type { ServerResponse } from 'node:http';
import { flowiseFrame } from '../flowise-behaviours.js';

interface Client {
  readonly response: ServerResponse;
  started: boolean;
}

/**
 * Flowise's `SSEStreamer`: ONE response for each chat id, whatever the flow. A second call with the same chat id takes over: what
 * both runs say goes to it, the first run's end ends it, and the older response is left open and never written to again.
 */
export class ResponseClients {
  private readonly clients = new Map<string, Client>();

  add(chatId: string, response: ServerResponse): void {
    this.clients.set(chatId, { response, started: false });
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
  }

  /** Goes nowhere when nobody listens; a client that left is not noticed. */
  send(chatId: string, event: string, data: unknown): void {
    const client = this.clients.get(chatId);
    if (client === undefined) return;
    if (event === 'start') {
      if (client.started) return;
      client.started = true;
    }
    this.write(client, flowiseFrame(event, data));
  }

  /** What Flowise writes to everybody every thirty seconds. */
  heartbeat(): void {
    for (const client of this.clients.values()) this.write(client, ':heartbeat\n\n');
  }

  /** Ends the response that this chat id has now, which may be another run's. */
  end(chatId: string): void {
    const client = this.clients.get(chatId);
    if (client === undefined) return;
    this.clients.delete(chatId);
    this.write(client, flowiseFrame('end', '[DONE]'));
    client.response.end();
  }

  private write({ response }: Client, bytes: string): void {
    if (!response.destroyed && !response.writableEnded) response.write(bytes);
  }
}
