import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const SHORT_TOKENS = 20;
const LONG_TOKENS = 100;
const LONG_PAUSE_MS = 10;
const TOKENS_BEFORE_FAILURE = 5;

interface Dialect {
  token(text: string): string;
  readonly end: string;
}

const flowiseFrame = (event: string, data: unknown) =>
  `message:\ndata:${JSON.stringify({ event, data })}\n\n`;
const FLOWISE: Dialect = {
  token: (text) => flowiseFrame('token', text),
  end: flowiseFrame('end', '[DONE]'),
};
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-soak',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'soak',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const OPENAI: Dialect = {
  token: (content) => chunk({ content }),
  end: `${chunk({}, 'stop')}data: [DONE]\n\n`,
};

/** Flowise and a model that keep nothing: what they do stands in the name of the flow or model, `short`, `long` or `failing`. */
export class SoakUpstream {
  private readonly server: Server;
  private failures = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      response.on('error', () => response.destroy());
      request.on('data', (bytes: Buffer) => chunks.push(bytes));
      request.on('end', () => {
        const flow = /\/api\/v1\/prediction\/([^/?]+)/.exec(request.url ?? '')?.[1];
        const isModel = request.url?.endsWith('/chat/completions') === true;
        if (flow === undefined && !isModel) {
          // Aborts and deletions.
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":200}');
          return;
        }
        const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model?: string };
        void this.answer(response, flow === undefined ? OPENAI : FLOWISE, flow ?? String(model));
      });
    });
  }

  static async start(): Promise<SoakUpstream> {
    const upstream = new SoakUpstream();
    await new Promise<void>((resolve) => upstream.server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(response: ServerResponse, dialect: Dialect, kind: string): Promise<void> {
    if (kind === 'failing') return this.fail(response, dialect);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (kind === 'long') {
      for (let sent = 0; sent < LONG_TOKENS && !response.destroyed; sent++) {
        response.write(dialect.token(`word ${sent} `));
        await delay(LONG_PAUSE_MS);
      }
    } else {
      response.write(
        Array.from({ length: SHORT_TOKENS }, (_, index) => dialect.token(`word ${index} `)).join(''),
      );
    }
    response.end(dialect.end);
  }

  /** One kind of failure after the other. */
  private fail(response: ServerResponse, dialect: Dialect): void {
    const kind = this.failures++ % 4;
    if (kind === 0) {
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"broken"}');
      return;
    }
    if (kind === 1) {
      response.destroy();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(dialect.token('word ').repeat(TOKENS_BEFORE_FAILURE));
    // The connection breaks, or the stream ends without an end.
    if (kind === 2) setImmediate(() => response.destroy());
    else response.end();
  }
}
