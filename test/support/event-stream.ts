import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** One frame of an event stream: its bytes as text without the blank line that ends it, and what they say. */
export interface StreamEvent {
  readonly raw: string;
  readonly id?: string;
  /** The data lines joined; absent in a frame of comments only. */
  readonly data?: string;
  /** The data as JSON; `undefined` when it is none, as `[DONE]`. */
  // Tests look into events without declaring each shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json?: any;
  readonly comments: readonly string[];
}

export interface StreamRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer whose body is read frame by frame over a socket of its own. To be iterated once. */
export class EventStream implements AsyncIterable<StreamEvent> {
  constructor(private readonly response: IncomingMessage) {}

  get status(): number {
    return this.response.statusCode ?? 0;
  }
  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** Frames as they arrive, comments included. Throws when the connection breaks before the body's end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent> {
    let buffer = '';
    this.response.setEncoding('utf8');
    for await (const chunk of this.response) {
      const blocks = (buffer + String(chunk)).split('\n\n');
      buffer = blocks.pop() ?? '';
      for (const block of blocks) if (block.trim() !== '') yield parse(block);
    }
    if (buffer.trim() !== '') yield parse(buffer);
  }

  /** Every frame with data until the stream ends. */
  async events(): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for await (const event of this) if (event.data !== undefined) events.push(event);
    return events;
  }

  /** The body as one text, for answers that are not streams. */
  async text(): Promise<string> {
    let text = '';
    this.response.setEncoding('utf8');
    for await (const chunk of this.response) text += String(chunk);
    return text;
  }

  /** Leaves as a client does that closes its connection. */
  abort(): void {
    this.response.destroy();
  }
}

/** Opens a stream; resolves with its headers, before its first event. */
export function openEventStream(url: string, options: StreamRequest = {}): Promise<EventStream> {
  const { token, body, signal } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      // No pool: leaving must close the socket, and nothing may be left open when the test ends.
      agent: false,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(signal === undefined ? {} : { signal }),
    });
    request.once('error', reject);
    request.once('response', (response) => {
      resolve(new EventStream(response));
    });
    request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

function parse(raw: string): StreamEvent {
  const lines = raw.split('\n');
  const valuesOf = (field: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ''));
  const data = valuesOf('data');
  const id = valuesOf('id').at(-1);
  return {
    raw,
    comments: valuesOf(''),
    ...(id === undefined ? {} : { id }),
    ...(data.length === 0 ? {} : { data: data.join('\n'), json: parseJson(data.join('\n')) }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
