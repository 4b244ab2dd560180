import { TollgateError } from '../errors.js';
import type { Credentials } from '../auth/credentials.js';
import { pause } from './pause.js';
import { problemOf } from './problem.js';
import { retryDelay } from './retry-delay.js';

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

export interface TransportOptions {
  /** Where Tollgate listens, without a trailing slash; '' in a page that Tollgate itself serves. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly credentials: Credentials;
  /** Longest wait for a response's headers, milliseconds. */
  readonly requestTimeoutMs: number;
  /** How often a read is tried again after a lost connection or an overloaded server. */
  readonly maxRetries: number;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly file?: Blob;
  /** In place of the transport's, for what that can't tell. */
  readonly fetch?: Fetch;
  /** In place of the transport's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Whether repeating it does no harm; `GET` always is. */
  readonly repeatable?: boolean;
  /** Sign-in itself goes without credentials. */
  readonly anonymous?: boolean;
}

/** Sends requests with credentials, time-out and typed errors. */
export class Transport {
  constructor(readonly options: TransportOptions) {}

  /**
   * Sends once (twice when the access token had expired) and resolves with a response of status 2xx.
   * @throws TollgateError of the problem document, or `connection_failed`; the signal's reason when it aborts
   */
  async send(request: ApiRequest): Promise<Response> {
    const { credentials } = this.options;
    const used = request.anonymous === true ? {} : await credentials.headers();
    const response = await this.fetchOnce(request, used);
    if (response.status !== 401 || request.anonymous === true) return this.check(response);
    if (!(await credentials.renewAfterRefusal(used))) return this.check(response);
    await response.body?.cancel();
    return this.check(await this.fetchOnce(request, await credentials.headers()));
  }

  /** Like `send`, and reads the JSON body; repeatable requests are tried again when the connection is lost. */
  async json<T>(request: ApiRequest): Promise<T> {
    const repeatable = request.repeatable ?? (request.method ?? 'GET') === 'GET';
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.exchange(request)) as T;
      } catch (error) {
        request.signal?.throwIfAborted();
        const again =
          error instanceof TollgateError && ['connection_failed', 'overloaded'].includes(error.code);
        if (!repeatable || !again || attempt > this.options.maxRetries) throw error;
        await pause(retryDelay(attempt, error.retryAfterSeconds), request.signal);
      }
    }
  }

  /** The request and the whole answer within one time-out. */
  private async exchange(request: ApiRequest): Promise<unknown> {
    const link = linkedController(request.signal);
    const timer = setTimeout(() => {
      link.controller.abort(timedOut());
    }, request.timeoutMs ?? this.options.requestTimeoutMs);
    try {
      const response = await this.send({ ...request, signal: link.controller.signal });
      if (response.status === 204) return undefined;
      return parseJson(await readText(response, link.controller.signal));
    } finally {
      clearTimeout(timer);
      link.unlink();
    }
  }

  private async fetchOnce(request: ApiRequest, credentials: Record<string, string>): Promise<Response> {
    const { signal, body, file, fetch = this.options.fetch } = request;
    signal?.throwIfAborted();
    const { controller, unlink } = linkedController(signal);
    const timer = setTimeout(() => {
      controller.abort(timedOut());
    }, request.timeoutMs ?? this.options.requestTimeoutMs);
    const type = file === undefined ? typeOf(body) : file.type || 'application/octet-stream';
    const sent = file ?? (body === undefined ? undefined : JSON.stringify(body));
    try {
      // Stays linked to the signal: aborting it later cancels the body.
      return await fetch(this.urlOf(request), {
        method: request.method ?? 'GET',
        headers: {
          accept: 'application/json',
          ...(type === undefined ? {} : { 'content-type': type }),
          ...credentials,
          ...request.headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
        signal: controller.signal,
      });
    } catch (cause) {
      unlink();
      controller.signal.throwIfAborted();
      throw new TollgateError('connection_failed', 'The server cannot be reached.', { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  private async check(response: Response): Promise<Response> {
    if (response.ok) return response;
    throw await problemOf(response);
  }

  private urlOf({ path, query = {} }: ApiRequest): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) parameters.set(name, String(value));
    const search = parameters.toString();
    return `${this.options.baseUrl}${path}${search === '' ? '' : `?${search}`}`;
  }
}

const typeOf = (body: unknown): string | undefined => (body === undefined ? undefined : 'application/json');

const timedOut = (): TollgateError =>
  new TollgateError('connection_failed', 'The server did not answer in time.');

/** A controller that aborts with `signal` and can also be aborted alone. */
function linkedController(signal: AbortSignal | undefined): {
  readonly controller: AbortController;
  readonly unlink: () => void;
} {
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort(signal?.reason);
  };
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  return { controller, unlink: () => signal?.removeEventListener('abort', onAbort) };
}

async function readText(response: Response, signal: AbortSignal): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    signal.throwIfAborted();
    throw new TollgateError('connection_failed', 'The connection was lost.', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new TollgateError('bad_response', 'The server answered something that is not JSON.', { cause });
  }
}
