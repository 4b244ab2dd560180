import type { ProviderEvent } from '../../contract/chat-event.js';
import { AppError } from '../../platform/errors/app.error.js';
import type {
  CallReach,
  ProviderCall,
  ProviderReport,
  ProviderRequest,
  StopReceipt,
} from '../chat-provider.port.js';
import { deliverAround } from '../deliver.js';
import type { EventStream } from '../http/event-stream.js';
import { HttpStatusError } from '../http/http-status.error.js';
import type { UpstreamAddress } from '../http/upstream-address.js';
import type { UpstreamHttp } from '../http/upstream-http.service.js';
import { createStormJsonDecoder } from './storm-json.decoder.js';
import { ANSWER_PATH, answerBody, stormHeaders } from './storm-request.js';
import type { StormTurn } from './storm-turn.js';
import { StormDecoder } from './storm.decoder.js';

/** How a server may answer for a thread that it does not know any more. */
const THREAD_FORGOTTEN: ReadonlySet<number> = new Set([400, 404, 410, 422]);

/** One answer of a Storm server, in the conversation's thread; in a new one when the server has forgotten that. */
export class StormCall implements ProviderCall {
  readonly report: ProviderReport = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
  readonly events: AsyncGenerator<readonly ProviderEvent[]>;
  arrivedWhole = false;
  private stream: EventStream | undefined;
  private turn: StormTurn | undefined;
  /** Whether the answer's thread is to be kept once it has a name. */
  private isNewThread = false;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly http: UpstreamHttp,
    private readonly address: UpstreamAddress,
    private readonly request: ProviderRequest,
    private readonly signal: AbortSignal,
  ) {
    this.events = this.run();
  }

  get reach(): CallReach {
    return this.stream?.reach ?? 'unsent';
  }

  /** Storm has no call that stops an answer: whether a closed connection does, nobody says. */
  stop(): Promise<StopReceipt> {
    return Promise.resolve({ acknowledged: this.stream?.mayBeRunning !== true });
  }

  deliver(take: (batch: readonly ProviderEvent[]) => void): Promise<void> {
    const keepAndTake = (batch: readonly ProviderEvent[]): void => {
      this.keepThread();
      take(batch);
    };
    return deliverAround(this.events, () => this.stream, keepAndTake);
  }

  private async *run(): AsyncGenerator<readonly ProviderEvent[]> {
    const threadId = this.request.conversation?.upstreamId;
    try {
      yield* this.answer(threadId);
    } catch (error) {
      if (threadId === undefined || !isForgotten(error)) throw error;
      yield* this.answer(undefined);
    }
    // The next turn of the session may come right behind this one's end.
    await this.keeping;
  }

  private async *answer(threadId: string | undefined): AsyncGenerator<readonly ProviderEvent[]> {
    this.isNewThread = threadId === undefined;
    this.stream = this.open(threadId);
    for await (const batch of this.stream) {
      this.keepThread();
      yield batch;
    }
    this.keepThread();
  }

  private open(threadId: string | undefined): EventStream {
    const { address, request, report } = this;
    return this.http.post(
      {
        address,
        path: ANSWER_PATH,
        headers: stormHeaders(address),
        body: answerBody(request, threadId),
        unrecordedTrace: request.unrecordedTrace,
        onAccepted: request.onAccepted,
        stream: () => {
          const decoder = new StormDecoder(report);
          this.turn = decoder.turn;
          return decoder;
        },
        document: () => {
          const { decoder, turn } = createStormJsonDecoder();
          this.turn = turn;
          this.arrivedWhole = true;
          return decoder;
        },
      },
      this.signal,
    );
  }

  /** Begun as soon as the thread is known, so that a turn that is stopped leaves it behind too. */
  private keepThread(): void {
    const threadId = this.turn?.threadId;
    if (!this.isNewThread || threadId === undefined) return;
    this.isNewThread = false;
    this.keeping = this.request.conversation?.named(threadId);
  }
}

/** Such a status comes instead of an answer: nothing was begun. */
function isForgotten(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  return cause instanceof HttpStatusError && THREAD_FORGOTTEN.has(cause.status);
}
