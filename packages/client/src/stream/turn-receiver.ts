import { knownCode, TollgateError, type TollgateErrorCode } from '../errors.js';
import { pause } from '../http/pause.js';
import { retryDelay } from '../http/retry-delay.js';
import type { Transport } from '../http/transport.js';
import { decodeEvent } from './decode-event.js';
import { readFrames } from './frame-reader.js';
import type { FinishReason, FailedEvent, StreamEvent, WireEvent } from './stream-event.js';
import { StreamPosition } from './stream-position.js';
import type { StreamMeter } from './stream-statistics.js';

/** What opens a turn, or the turn that is followed. */
export type TurnOrigin =
  | { readonly kind: 'ask'; readonly body: unknown; readonly idempotencyKey: string }
  | { readonly kind: 'follow'; readonly turnId: string; readonly after: number };

export interface Reconnect {
  /** 1 for the first try since something new came. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly reason: TollgateError;
}

export interface ReceiverOptions {
  readonly transport: Transport;
  readonly eventTimeoutMs: number;
  /** Tries in a row that bring nothing new before it gives up. */
  readonly maxRetries: number;
  readonly signal: AbortSignal;
  readonly meter: StreamMeter;
  readonly onTurn: (turnId: string, sessionId: string | undefined) => void;
  readonly onReconnect: (reconnect: Reconnect) => void;
  readonly onConnected: () => void;
  readonly onMalformed: (data: string, reason: Error) => void;
}

/** Before there is a turn only these are worth another try: everything else is an answer. */
const RETRIED_BEFORE: ReadonlySet<TollgateErrorCode> = new Set([
  'connection_failed',
  'event_timeout',
  'bad_response',
  'overloaded',
]);
/** Once there is a turn it goes on without us, so that every failure that may pass is waited for. */
const RETRIED_DURING: ReadonlySet<TollgateErrorCode> = new Set([
  ...RETRIED_BEFORE,
  'internal',
  'rate_limited',
  'upstream_unavailable',
]);

interface StoredTurn {
  readonly status: string;
  readonly messageId?: string;
  readonly charge: { readonly captured: number };
  readonly finishReason?: FinishReason;
  readonly error?: { readonly code: string; readonly message: string };
}

/**
 * Brings the events of one turn, each exactly once and in order, however often the connection is lost. The question is sent again only while no
 * turn is known, with the same `Idempotency-Key`, so that there never is a second turn; from then on the turn is followed from where the last
 * connection ended.
 */
export class TurnReceiver {
  readonly position: StreamPosition;
  private turnId: string | undefined;
  private failure: FailedEvent | undefined;
  private isCompleted = false;

  constructor(
    private readonly origin: TurnOrigin,
    private readonly options: ReceiverOptions,
  ) {
    this.position = new StreamPosition(origin.kind === 'follow' ? origin.after : 0);
    if (origin.kind === 'follow') this.turnId = origin.turnId;
  }

  /** @throws TollgateError when the turn failed or can't be reached any more; the signal's reason when it aborts */
  async *receive(): AsyncGenerator<StreamEvent> {
    const { signal, maxRetries, meter, onReconnect } = this.options;
    for (let attempt = 0; ;) {
      try {
        for await (const event of this.readOnce()) {
          attempt = 0;
          if (event.type === 'end') {
            yield* this.conclude();
            return;
          }
          if (event.type === 'failed') this.failure = event;
          else {
            if (event.type === 'completed') this.isCompleted = true;
            yield event;
          }
        }
        throw new TollgateError('connection_failed', 'The connection ended before the answer did.');
      } catch (error) {
        signal.throwIfAborted();
        const retried = this.turnId === undefined ? RETRIED_BEFORE : RETRIED_DURING;
        if (!(error instanceof TollgateError) || error.turnId !== undefined || !retried.has(error.code)) {
          throw error;
        }
        attempt += 1;
        if (attempt > maxRetries) throw this.givenUp(error);
        meter.retries += 1;
        const delayMs = retryDelay(attempt, error.retryAfterSeconds);
        onReconnect({ attempt, delayMs, reason: error });
        await pause(delayMs, signal);
      }
    }
  }

  /** The events of one connection. */
  private async *readOnce(): AsyncGenerator<WireEvent> {
    const { signal, eventTimeoutMs, onConnected } = this.options;
    const response = await this.connect();
    // The end had been seen already.
    if (response.status === 204) {
      yield { type: 'end' };
      return;
    }
    const turnId = response.headers.get('x-turn-id');
    if (turnId !== null) this.noteTurn(turnId, sessionIdOf(response));
    onConnected();
    for await (const frames of readFrames(response, eventTimeoutMs)) {
      for (const frame of frames) {
        const event = this.decode(frame.data);
        const fresh = event === undefined ? undefined : this.position.take(event, frame.id);
        if (fresh?.type === 'start') this.noteTurn(fresh.turnId, fresh.sessionId);
        if (fresh !== undefined) yield fresh;
        signal.throwIfAborted();
      }
    }
  }

  private connect(): Promise<Response> {
    const { transport, signal } = this.options;
    const headers = { accept: 'text/event-stream' };
    if (this.turnId !== undefined) {
      return transport.send({
        path: `/turns/${encodeURIComponent(this.turnId)}/stream`,
        headers: { ...headers, 'last-event-id': String(this.position.last) },
        signal,
      });
    }
    const { body, idempotencyKey } = this.origin as Extract<TurnOrigin, { kind: 'ask' }>;
    return transport.send({
      method: 'POST',
      path: '/predict/stream/store',
      body,
      headers: { ...headers, 'idempotency-key': `"${idempotencyKey}"` },
      signal,
    });
  }

  private decode(data: string): WireEvent | undefined {
    try {
      return decodeEvent(data);
    } catch (error) {
      this.options.meter.malformedEvents += 1;
      this.options.onMalformed(data, error as Error);
      return undefined;
    }
  }

  private noteTurn(turnId: string, sessionId: string | undefined): void {
    this.turnId = turnId;
    this.options.onTurn(turnId, sessionId);
  }

  /** An end that nothing explained (its explanation was seen earlier, or was malformed) is looked up. */
  private async *conclude(): AsyncGenerator<StreamEvent> {
    if (this.failure === undefined && !this.isCompleted) {
      const turn = await this.options.transport.json<StoredTurn>({
        path: `/turns/${encodeURIComponent(this.turnId ?? '')}`,
        signal: this.options.signal,
      });
      if (turn.status === 'completed') {
        const { messageId = '', charge, finishReason } = turn;
        const told = finishReason === undefined ? {} : { finishReason };
        yield { type: 'completed', messageId, charged: charge.captured, ...told };
        return;
      }
      const { code, message } = turn.error ?? { code: 'bad_response', message: 'The answer is incomplete.' };
      this.failure = { type: 'failed', code, message };
    }
    if (this.failure === undefined) return;
    const { retryAfterSeconds } = this.failure;
    throw new TollgateError(knownCode(this.failure.code), this.failure.message, {
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      ...(this.turnId === undefined ? {} : { turnId: this.turnId }),
    });
  }

  private givenUp(cause: TollgateError): TollgateError {
    const { turnId } = this;
    if (turnId === undefined) return cause;
    return new TollgateError(cause.code, cause.message, { turnId, cause });
  }
}

/** The header has it percent-encoded. */
function sessionIdOf({ headers }: Response): string | undefined {
  const id = headers.get('x-session-id');
  return id === null ? undefined : decodeURIComponent(id);
}
