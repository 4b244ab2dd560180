import { parseJson } from '../../platform/json/json-object.js';
import { NoTracing } from '../../platform/tracing/no-tracing.js';
import type { Tracing } from '../../platform/tracing/tracing.port.js';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { AccountingRefusal, AccountingSilence, saysInsufficient } from './accounting-failure.js';

/** One call of the accounting service. */
export interface AccountingCall {
  readonly method: 'GET' | 'POST';
  /** Begins with a slash; its variable parts are encoded already. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Makes repeating a write harmless; required for every POST. */
  readonly idempotencyKey?: string;
  readonly accessToken?: string;
}

export interface RetryingHttpOptions {
  /** Base address without a trailing slash; may have a path. */
  readonly url: string;
  /** Used without a user's token, and when the service no longer takes the user's. */
  readonly apiKey: string | undefined;
  /** Longest wait for one attempt's complete answer. */
  readonly timeoutMs: number;
  /** Waits between attempts; tests replace it. */
  readonly pause?: (milliseconds: number) => Promise<void>;
  /** Tests replace it. */
  readonly clock?: AttemptClock;
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing;
}

/** By what attempts are measured. */
export interface AttemptClock {
  /** Milliseconds that never go back. */
  now(): number;
  /** @returns a signal that aborts when so many milliseconds have passed */
  after(milliseconds: number): AbortSignal;
}

const REAL_CLOCK: AttemptClock = {
  now: () => performance.now(),
  after: (milliseconds) => AbortSignal.timeout(milliseconds),
};

const MAX_ATTEMPTS = 3;
/** No attempt begins after this many time-outs have passed: a user waits. */
const MAX_TIMEOUTS = 2;
const FIRST_PAUSE_MS = 100;
/** The longest that a `Retry-After` is honoured: a user waits for the hold. */
const MAX_PAUSE_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;
const CONNECTIONS = 32;
/** Errors of a connection that never stood: the request can't have been carried out. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const RETRIED_STATUSES = new Set([408, 409, 425, 429]);

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

/** JSON over HTTP with a time-out for each attempt, retries with jittered backoff, and the user's token or our key. */
export class RetryingHttp {
  private readonly agent: Agent;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly clock: AttemptClock;
  private readonly tracing: Tracing;

  constructor(private readonly options: RetryingHttpOptions) {
    const { origin, pathname } = new URL(options.url);
    this.clock = options.clock ?? REAL_CLOCK;
    this.tracing = options.tracing ?? new NoTracing();
    this.origin = origin;
    this.basePath = pathname === '/' ? '' : pathname;
    this.agent = new Agent({
      connections: CONNECTIONS,
      connect: { timeout: options.timeoutMs },
      headersTimeout: options.timeoutMs,
      bodyTimeout: options.timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    });
  }

  /**
   * Makes at most three attempts and takes at most three times `timeoutMs`, pauses included.
   * @returns the parsed body of a 2xx answer, `undefined` when it was no JSON
   * @throws AccountingRefusal, AccountingSilence
   */
  async send(call: AccountingCall): Promise<unknown> {
    let mayHaveApplied = false;
    let cause: unknown;
    const giveUpAt = this.clock.now() + MAX_TIMEOUTS * this.options.timeoutMs;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      let retryAfterMs: number | undefined;
      try {
        const answer = await this.sendWithEitherCredential(call);
        if (answer.status >= 200 && answer.status < 300) return answer.body;
        const refusal = new AccountingRefusal(answer.status, answer.body);
        if (!isRetried(answer)) {
          // Who may not ask is not told what became of an earlier attempt.
          if (mayHaveApplied && isAboutCredential(answer)) throw new AccountingSilence(true, refusal);
          throw refusal;
        }
        cause = refusal;
        retryAfterMs = answer.retryAfterMs;
        mayHaveApplied ||= answer.status !== 429;
      } catch (error) {
        if (error instanceof AccountingRefusal || error instanceof AccountingSilence) throw error;
        cause = error;
        mayHaveApplied ||= !NEVER_SENT.has(codeOf(error));
      }
      if (attempt === MAX_ATTEMPTS - 1) break;
      await this.pause(attempt, retryAfterMs);
      if (this.clock.now() >= giveUpAt) break;
    }
    throw new AccountingSilence(mayHaveApplied, cause);
  }

  async close(): Promise<void> {
    await this.agent.close();
  }

  /** A turn may outlive its user's token; the operator's key then speaks for it. */
  private async sendWithEitherCredential(call: AccountingCall): Promise<Answer> {
    const { accessToken } = call;
    const { apiKey } = this.options;
    const answer = await this.sendOnce(call, accessToken ?? apiKey);
    const tokenRefused = accessToken !== undefined && isAboutCredential(answer);
    return tokenRefused && apiKey !== undefined ? this.sendOnce(call, apiKey) : answer;
  }

  /** The path is not told: it holds a name. */
  private sendOnce(call: AccountingCall, credential: string | undefined): Promise<Answer> {
    const { hostname } = new URL(this.options.url);
    const options = {
      kind: 'client',
      attributes: { 'http.request.method': call.method, 'server.address': hostname },
    } as const;
    return this.tracing.within(
      `${call.method} accounting`,
      () => options,
      async () => {
        const answer = await this.exchange(call, credential);
        this.tracing.current.note({ 'http.response.status_code': answer.status });
        return answer;
      },
    );
  }

  private async exchange(call: AccountingCall, credential: string | undefined): Promise<Answer> {
    const response = await this.agent.request({
      origin: this.origin,
      path: `${this.basePath}${call.path}`,
      method: call.method,
      headers: {
        ...this.tracing.current.carrier,
        accept: 'application/json',
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(call.idempotencyKey === undefined ? {} : { 'idempotency-key': call.idempotencyKey }),
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: this.clock.after(this.options.timeoutMs),
    });
    return {
      status: response.statusCode,
      body: parseJson(await response.body.text()),
      retryAfterMs: retryAfterOf(response),
    };
  }

  private async pause(attempt: number, retryAfterMs: number | undefined): Promise<void> {
    const backoff = FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random());
    const milliseconds = Math.min(Math.max(backoff, retryAfterMs ?? 0), MAX_PAUSE_MS);
    await (this.options.pause ?? wait)(milliseconds);
  }
}

function isRetried(answer: Answer): boolean {
  if (answer.status >= 500) return true;
  return RETRIED_STATUSES.has(answer.status) && !saysInsufficient(answer);
}

function isAboutCredential({ status }: Answer): boolean {
  return status === 401 || status === 403;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}

function retryAfterOf({ headers }: Dispatcher.ResponseData): number | undefined {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
