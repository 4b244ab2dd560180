import { TollgateError } from '../errors.js';
import type { Transport } from '../http/transport.js';
import { Answer, type ChatResult } from './answer.js';
import { EventQueue } from './event-queue.js';
import type { InputRequest, SourceDocument, StartEvent, StreamEvent, ToolCall } from './stream-event.js';
import { StreamMeter, type StreamStatistics } from './stream-statistics.js';
import { TurnReceiver, type Reconnect, type TurnOrigin } from './turn-receiver.js';

/** Called as things come, in order; a callback that returns a promise holds the next event back. */
export interface StreamCallbacks {
  readonly onStart?: (turn: StartEvent) => unknown;
  readonly onToken?: (text: string) => unknown;
  readonly onThinking?: (text: string) => unknown;
  /** For a call, and again with its `output` once there is one. */
  readonly onToolCall?: (call: ToolCall) => unknown;
  readonly onSources?: (sources: readonly SourceDocument[]) => unknown;
  /** An agent asks; `ChatResult.inputRequest` has it as well when the turn ends with it. */
  readonly onInputRequest?: (request: InputRequest) => unknown;
  /** The turn is stored and charged. */
  readonly onComplete?: (result: ChatResult) => unknown;
  /** The turn failed, or cannot be reached any more. Not called for an aborted signal. */
  readonly onError?: (error: unknown) => unknown;
  /** The connection was lost and will be made again. */
  readonly onReconnect?: (reconnect: Reconnect) => unknown;
  /** There is a connection, for the first time or again. */
  readonly onConnected?: () => unknown;
  /** An event could not be read; the stream goes on. */
  readonly onMalformed?: (data: string, reason: Error) => unknown;
}

export interface StreamControl extends StreamCallbacks {
  /** Leaves the stream. The turn goes on without this reader: `ChatStream.stop` is what ends it. */
  readonly signal?: AbortSignal;
  /** Longest silence before the connection is made again; heartbeats break a silence. 30 000 by default. */
  readonly eventTimeoutMs?: number;
  /** Tries in a row that bring nothing new before it gives up. 8 by default. */
  readonly maxRetries?: number;
  /** Events that are kept for a slow reader, at most; then the sender is held back. 256 by default. */
  readonly bufferSize?: number;
}

export interface StoppedTurn {
  readonly turnId: string;
  readonly status: 'completed' | 'failed' | 'stopped' | 'interrupted';
  /** Credits. */
  readonly charged: number;
  /** Whether the upstream confirmed that it ended its work. */
  readonly upstreamAcknowledged: boolean;
}

const EVENT_TIMEOUT_MS = 30_000;
const MAX_RETRIES = 8;
const BUFFER_SIZE = 256;

/**
 * One answer on its way. Read it with `for await`, with callbacks, or wait for `result()`; it runs from its creation on, and without a reader
 * only until its buffer is full.
 */
export class ChatStream implements AsyncIterable<StreamEvent> {
  private readonly answer = new Answer();
  private readonly meter = new StreamMeter();
  private readonly controller = new AbortController();
  private readonly queue: EventQueue<StreamEvent>;
  private readonly receiver: TurnReceiver;
  private readonly finished: Promise<Outcome>;
  private isIterated = false;
  private isFlowing: boolean;
  private hasFlowed = false;
  private noteTurnId!: (turnId: string | undefined) => void;
  private readonly turnKnown: Promise<string | undefined>;

  constructor(
    private readonly transport: Transport,
    origin: TurnOrigin,
    private readonly control: StreamControl = {},
  ) {
    const { signal } = control;
    this.queue = new EventQueue(control.bufferSize ?? BUFFER_SIZE);
    this.isFlowing = [control.onToken, control.onComplete, control.onError, control.onStart].some(
      (callback) => callback !== undefined,
    );
    this.turnKnown = new Promise((resolve) => (this.noteTurnId = resolve));
    if (origin.kind === 'follow') this.noteTurn(origin.turnId, undefined);
    this.receiver = new TurnReceiver(origin, {
      transport,
      eventTimeoutMs: control.eventTimeoutMs ?? EVENT_TIMEOUT_MS,
      maxRetries: control.maxRetries ?? MAX_RETRIES,
      signal: this.controller.signal,
      meter: this.meter,
      onTurn: (turnId, sessionId) => {
        this.noteTurn(turnId, sessionId);
      },
      onReconnect: (reconnect) => control.onReconnect?.(reconnect),
      onConnected: () => control.onConnected?.(),
      onMalformed: (data, reason) => control.onMalformed?.(data, reason),
    });
    const onAbort = (): void => {
      this.controller.abort(signal?.reason);
    };
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    // In a later microtask, so that whoever made the stream can take its iterator first.
    this.finished = Promise.resolve()
      .then(() => this.run())
      .finally(() => {
        signal?.removeEventListener('abort', onAbort);
        this.noteTurnId(this.answer.turnId);
      });
  }

  /** The text so far. */
  get text(): string {
    return this.answer.text;
  }

  /** What the model has told of its reasoning so far. */
  get reasoning(): string {
    return this.answer.reasoning;
  }

  /** What an agent waits for now. */
  get inputRequest(): InputRequest | undefined {
    return this.answer.inputRequest;
  }

  /** Known from the first response on. */
  get turnId(): string | undefined {
    return this.answer.turnId;
  }

  get sessionId(): string | undefined {
    return this.answer.sessionId;
  }

  get toolCalls(): readonly ToolCall[] {
    return this.answer.toolCalls;
  }

  get sources(): readonly SourceDocument[] {
    return this.answer.sources;
  }

  get statistics(): StreamStatistics {
    return this.meter.read(this.receiver.position.duplicates);
  }

  /**
   * Waits for the end.
   * @throws TollgateError when the turn did not complete; the signal's reason when it was aborted
   */
  async result(): Promise<ChatResult> {
    if (!this.isIterated) {
      this.isFlowing = true;
      this.hasFlowed ||= this.queue.clear();
    }
    const outcome = await this.finished;
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  /**
   * Ends the turn itself, and resolves once it is settled; the stream then ends with `turn_stopped`, unless the answer was complete already.
   * @throws TollgateError when there never was a turn, or the server can't be reached
   */
  async stop(): Promise<StoppedTurn> {
    const turnId = await this.turnKnown;
    if (turnId === undefined) throw new TollgateError('not_found', 'There is no turn to stop.');
    return this.transport.json({
      method: 'POST',
      path: `/turns/${encodeURIComponent(turnId)}/stop`,
      repeatable: true,
    });
  }

  /** Leaves the stream without ending the turn; follow it later with `chat.follow(turnId)`. */
  leave(): void {
    this.controller.abort(new DOMException('The stream was left.', 'AbortError'));
  }

  /** Leaving the loop early leaves the stream. @throws TypeError when the events have gone to callbacks or `result()` */
  [Symbol.asyncIterator](): AsyncGenerator<StreamEvent> {
    if (this.isIterated || this.hasFlowed) {
      throw new TypeError('The events of this stream were taken already.');
    }
    this.isIterated = true;
    return this.iterate();
  }

  private async *iterate(): AsyncGenerator<StreamEvent> {
    try {
      for (;;) {
        const event = await this.queue.shift();
        if (event === undefined) return;
        yield event;
      }
    } finally {
      this.leave();
    }
  }

  private async run(): Promise<Outcome> {
    try {
      for await (const event of this.receiver.receive()) {
        this.meter.note(event);
        this.answer.take(event);
        await this.tell(event);
        if (this.isIterated || !this.isFlowing) await this.queue.push(event);
        else this.hasFlowed = true;
        this.controller.signal.throwIfAborted();
      }
      const result = this.resultOf();
      await this.control.onComplete?.(result);
      this.queue.close();
      return { result };
    } catch (error) {
      this.queue.fail(error);
      if (!this.controller.signal.aborted) await this.tellError(error);
      // Whatever ended the reading, the connection must not outlive it.
      this.leave();
      return { error };
    }
  }

  private async tell(event: StreamEvent): Promise<void> {
    const { control } = this;
    switch (event.type) {
      case 'start':
        await control.onStart?.(event);
        break;
      case 'token':
        await control.onToken?.(event.text);
        break;
      case 'thinking':
        await control.onThinking?.(event.text);
        break;
      case 'tool-calls':
      case 'tool-results':
        for (const call of event.calls) await control.onToolCall?.(call);
        break;
      case 'sources':
        await control.onSources?.(event.sources);
        break;
      case 'input-request':
        await control.onInputRequest?.(event.request);
        break;
      case 'completed':
      case 'other':
        break;
    }
  }

  private async tellError(error: unknown): Promise<void> {
    try {
      await this.control.onError?.(error);
    } catch {
      // The first error is the one that counts; `result()` tells it.
    }
  }

  private noteTurn(turnId: string, sessionId: string | undefined): void {
    this.answer.turnId = turnId;
    this.answer.sessionId = sessionId ?? this.answer.sessionId;
    this.noteTurnId(turnId);
  }

  private resultOf(): ChatResult {
    const { text, reasoning, messageId, charged, finishReason, toolCalls, sources } = this.answer;
    const { turnId = '', sessionId = '', inputRequest } = this.answer;
    const { statistics } = this;
    const said = { text, reasoning, toolCalls, sources, ...(inputRequest && { inputRequest }) };
    return { ...said, sessionId, turnId, messageId, charged, finishReason, statistics };
  }
}

type Outcome = { readonly result: ChatResult } | { readonly error: unknown };
