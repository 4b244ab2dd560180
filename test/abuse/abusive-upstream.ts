import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sse } from '../support/upstream/behaviours.js';
import { ABUSIVE_EVENTS, isAbusive } from './abusive-events.js';

const TOKENS = 40;
const TOKEN_PAUSE_MS = 20;
/** What slow readers do not read. */
const LONG_ANSWER = sse({ choices: [{ index: 0, delta: { content: 'word '.repeat(13_000) } }] });
const LONG_ANSWER_EVENTS = 16;

/** An upstream that answers as OpenAI and as Flowise, normally or not: the model or the flow names how. */
export class AbusiveUpstream {
  /** Called behind each event of an abusive stream; the next one waits for it. */
  betweenEvents: (() => Promise<void>) | undefined;
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch(() => response.destroy());
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const flow = /\/prediction\/([^/?]+)/.exec(request.url ?? '')?.[1];
    const { model } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { model?: string };
    const name = flow ?? model ?? '';
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (isAbusive(name)) await this.abuse(ABUSIVE_EVENTS[name], response);
    else if (name === 'long') response.write(LONG_ANSWER.repeat(LONG_ANSWER_EVENTS));
    else await talk(response);
    const end =
      flow === undefined ? { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] } : { event: 'end' };
    response.end(sse(end));
  }

  private async abuse(events: readonly string[], response: ServerResponse): Promise<void> {
    for (const event of events) {
      response.write(event);
      await this.betweenEvents?.();
    }
  }
}

async function talk(response: ServerResponse): Promise<void> {
  for (let token = 0; token < TOKENS; token += 1) {
    response.write(sse({ choices: [{ index: 0, delta: { content: 'word ' } }] }));
    await delay(TOKEN_PAUSE_MS);
  }
}
