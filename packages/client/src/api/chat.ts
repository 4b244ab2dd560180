import { randomId } from '../http/random-id.js';
import type { Transport } from '../http/transport.js';
import { ChatStream, type StreamControl } from '../stream/chat-stream.js';

export interface ChatQuestion {
  readonly question: string;
  /** 'assistant', the built-in chatflow, by default. */
  readonly chatflowId?: string;
  /** The session to go on with; a new one is made when it is left out. */
  readonly sessionId?: string;
  /** The answer of the session that the question follows; null: none, it is a first one. Left out: the answer of the branch that was asked last. */
  readonly parentId?: string | null;
  /** What was said before, for flows without a memory. */
  readonly history?: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[];
  /** Passed on to a Flowise flow. */
  readonly overrideConfig?: Readonly<Record<string, unknown>>;
  readonly uploads?: readonly {
    readonly type: string;
    readonly name: string;
    readonly data: string;
    readonly mime: string;
  }[];
  /** Names this question: asking again with the same key attaches to the same turn. Made up when it is left out. */
  readonly idempotencyKey?: string;
}

/** Asking and following. */
export class ChatApi {
  constructor(
    private readonly transport: Transport,
    private readonly defaults: Pick<StreamControl, 'eventTimeoutMs' | 'maxRetries' | 'bufferSize'>,
  ) {}

  /** Asks and streams the answer. */
  stream(options: ChatQuestion & StreamControl): ChatStream {
    const { question, chatflowId = 'assistant', idempotencyKey = randomId() } = options;
    const { sessionId, history, overrideConfig, uploads } = options;
    // On the wire null is absent.
    const parentId = options.parentId === null ? 'root' : options.parentId;
    // Members that are undefined are left out of the JSON.
    const body = { chatflow_id: chatflowId, question, sessionId, parentId, history, overrideConfig, uploads };
    const origin = { kind: 'ask', body, idempotencyKey } as const;
    return new ChatStream(this.transport, origin, this.withDefaults(options));
  }

  /** Streams a turn that runs, or replays one that has ended. @param options `after`: id of the last event that was seen */
  follow(turnId: string, options: StreamControl & { readonly after?: number } = {}): ChatStream {
    const origin = { kind: 'follow', turnId, after: options.after ?? 0 } as const;
    return new ChatStream(this.transport, origin, this.withDefaults(options));
  }

  private withDefaults(options: StreamControl): StreamControl {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { ...this.defaults, ...(Object.fromEntries(given) as StreamControl) };
  }
}
