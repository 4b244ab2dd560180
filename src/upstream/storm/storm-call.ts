import type { ProviderEvent } from '../../chat/events/chat-event.js';
import type { StructuredLog } from '../../platform/logging/structured-log.js';
import { untilAborted } from '../abortable.js';
import type { ProviderCall, ProviderReport, ProviderRequest, StopReceipt } from '../chat-provider.port.js';
import { deliverAround } from '../deliver.js';
import type { EventStream } from '../http/event-stream.js';
import type { UpstreamAddress } from '../http/upstream-address.js';
import type { UpstreamHttp } from '../http/upstream-http.js';
import { createStormJsonDecoder } from './storm-json.decoder.js';
import { ANSWER_PATH, answerBody, stormHeaders } from './storm-request.js';
import type { StormTurn } from './storm-turn.js';
import { StormDecoder } from './storm.decoder.js';
import type { ThreadKey, ThreadStore } from './thread.store.port.js';

/** What a call needs besides its request. */
export interface StormSurroundings {
  readonly http: UpstreamHttp;
  readonly threads: ThreadStore;
  readonly log: StructuredLog;
}

/** One answer of a Storm server, in the session's thread. */
export class StormCall implements ProviderCall {
  readonly report: ProviderReport = { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 };
  readonly events: AsyncGenerator<readonly ProviderEvent[]>;
  arrivedWhole = false;
  private stream: EventStream | undefined;
  private turn: StormTurn | undefined;
  /** Whose thread is to be kept once it has a name. */
  private unknownThread: ThreadKey | undefined;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly address: UpstreamAddress,
    private readonly request: ProviderRequest,
    private readonly around: StormSurroundings,
    private readonly signal: AbortSignal,
  ) {
    this.events = this.run();
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
    const { userId, sessionId } = this.request;
    const key: ThreadKey = { userId, sessionId, origin: this.address.origin };
    const known = await untilAborted(this.around.threads.find(key), this.signal);
    if (known === undefined) this.unknownThread = key;
    this.stream = this.open(known);
    for await (const batch of this.stream) {
      this.keepThread();
      yield batch;
    }
    this.keepThread();
    // The next turn of the session may come right behind this one's end.
    await this.keeping;
  }

  private open(threadId: string | undefined): EventStream {
    const { address, request, report } = this;
    return this.around.http.post(
      {
        address,
        path: ANSWER_PATH,
        headers: stormHeaders(address),
        body: answerBody(request, threadId),
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
    const key = this.unknownThread;
    const threadId = this.turn?.threadId;
    if (key === undefined || threadId === undefined) return;
    this.unknownThread = undefined;
    this.keeping = this.around.threads.keep(key, threadId).catch((error: unknown) => {
      // The answer is good; only the next turn will not know about this one.
      const { turnId, sessionId } = this.request;
      this.around.log.warn({ turnId, sessionId, err: error }, 'The thread of a session could not be kept');
    });
  }
}
