import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { StreamRequest } from './event-stream.js';

/** An answer byte for byte, as it comes. */
export class RawAnswer {
  private text = '';
  private waiting: (() => void)[] = [];
  /** Resolves when the answer has ended, in whatever way. */
  readonly over: Promise<void>;
  private complete = false;

  constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    this.over = new Promise((resolve) => {
      response.on('data', (chunk) => {
        this.text += String(chunk);
        this.wake();
      });
      response.on('end', () => (this.complete = true));
      response.on('error', () => undefined);
      response.once('close', () => {
        resolve();
        this.wake();
      });
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }
  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }
  /** What has come so far. */
  get body(): string {
    return this.text;
  }
  /** Whether it ended as HTTP lets an answer end; else the connection broke. */
  get endedProperly(): boolean {
    return this.complete;
  }

  /** Resolves when what has come meets the condition, or nothing more comes. */
  async until(condition: (body: string) => boolean): Promise<void> {
    while (!condition(this.text) && !this.response.closed) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Sends a request over a connection of its own; resolves with the headers of its answer. */
export function openRaw(url: string, { method, token, body, headers }: StreamRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      agent: false,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      resolve(new RawAnswer(response));
    });
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
