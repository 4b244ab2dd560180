import type { KeyValueStorage } from '../auth/browser-token-store.js';
import { TollgateError } from '../errors.js';
import { randomId } from '../http/random-id.js';
import type { ChatStream, StreamControl } from '../stream/chat-stream.js';
import type { StreamStatistics } from '../stream/stream-statistics.js';
import type { TollgateClient } from '../tollgate-client.js';
import {
  fromStored,
  fromUnstored,
  questionMessage,
  waitingAnswer,
  type ConversationMessage,
  type MessageStatus,
} from './conversation-message.js';
import { RememberedQuestions } from './remembered-questions.js';

export interface ConversationOptions {
  readonly client: TollgateClient;
  readonly chatflowId?: string;
  /** `localStorage`, to show the question of a running turn after a reload. */
  readonly storage?: KeyValueStorage;
  /** The first question has made a session. */
  readonly onConversationCreated?: (conversationId: string) => void;
  /** A turn has begun here; other tabs may want to follow it. */
  readonly onTurnStarted?: (conversationId: string) => void;
  /** A turn has ended, one way or the other: the balance may have changed. */
  readonly onSettled?: () => void;
}

/** What a page shows of a conversation; a new object for every change. */
export interface ConversationState {
  readonly messages: readonly ConversationMessage[];
  /** A turn is running. */
  readonly isLoading: boolean;
  /** The stored messages are being read. */
  readonly isRestoring: boolean;
  /** Whether the running turn's connection was lost and is being made again. */
  readonly isReconnecting: boolean;
  readonly conversationId: string | undefined;
  /** The last thing that went wrong; gone with the next question. */
  readonly error: TollgateError | undefined;
  /** Of the last answer that was streamed here. */
  readonly statistics: StreamStatistics | undefined;
}

const EMPTY: ConversationState = {
  messages: [],
  isLoading: false,
  isRestoring: false,
  isReconnecting: false,
  conversationId: undefined,
  error: undefined,
  statistics: undefined,
};

/** Often enough to look fluent; every token would have the page laid out again. */
const FLUSH_INTERVAL_MS = 40;

/** One conversation in a page, without a framework: a store with `subscribe` and `getState`. */
export class Conversation {
  private state = EMPTY;
  private readonly listeners = new Set<() => void>();
  private readonly questions: RememberedQuestions;
  private stream: ChatStream | undefined;
  /** Counts what was opened: work that began under an earlier number has no say any more. */
  private epoch = 0;
  private isOpen = false;
  private flushTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param options may be replaced at any time */
  constructor(public options: ConversationOptions) {
    this.questions = new RememberedQuestions(options.storage);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getState = (): ConversationState => this.state;

  /** Shows a stored conversation and follows the turn that runs in it; without an id, an empty one. Never rejects. */
  async open(conversationId: string | undefined): Promise<void> {
    if (this.isOpen && conversationId !== undefined && conversationId === this.state.conversationId) return;
    this.isOpen = true;
    const epoch = this.leave();
    this.set({ ...EMPTY, conversationId, isRestoring: conversationId !== undefined });
    if (conversationId !== undefined) await this.load(conversationId, epoch);
  }

  /** Looks for what other tabs or devices have said since. Never rejects. */
  async refresh(): Promise<void> {
    const { conversationId, isLoading, isRestoring, messages } = this.state;
    const hasUnstored = messages.at(-1)?.status === 'failed';
    if (conversationId === undefined || isLoading || isRestoring || hasUnstored) return;
    await this.load(conversationId, this.epoch);
  }

  /** Asks. Does nothing while a turn runs, or for a blank question. */
  readonly sendMessage = (question: string): void => {
    if (this.state.isLoading || question.trim() === '') return;
    this.ask(question, randomId(), this.state.messages);
  };

  /** Ends the running turn; what has come of the answer stays. Never rejects. */
  readonly stopGeneration = async (): Promise<void> => {
    const { stream } = this;
    if (stream === undefined) return;
    const answer = this.state.messages.at(-1);
    try {
      const { charged } = await stream.stop();
      if (answer !== undefined) this.patch(answer.id, { charged });
    } catch (error) {
      this.set({ error: asTollgateError(error) });
    }
  };

  /** Begins a new conversation; a running turn goes on without this page. */
  readonly clearMessages = (): void => {
    this.leave();
    this.set(EMPTY);
  };

  /** Asks the last question again, or goes on with its turn when only the connection was lost. */
  readonly retry = (): void => {
    const { messages, isLoading } = this.state;
    const answer = messages.at(-1);
    const question = messages.at(-2);
    if (isLoading || answer?.role !== 'assistant') return;
    const isLost =
      answer.error?.is('connection_failed') === true || answer.error?.is('event_timeout') === true;
    if (isLost && answer.turnId !== undefined) {
      this.follow(answer.turnId, messages.slice(0, -1));
    } else if (question?.role === 'user') {
      // The same key where nobody knows whether the question arrived: it must not be asked twice.
      const key = isLost ? answer.id : randomId();
      this.ask(question.content, key, answer.status === 'failed' ? messages.slice(0, -2) : messages);
    }
  };

  /** Lets go of the connection; the turn goes on at the server. */
  close(): void {
    this.isOpen = false;
    this.leave();
  }

  private async load(conversationId: string, epoch: number): Promise<void> {
    const { client } = this.options;
    try {
      // In this order: a turn that ends in between is among the messages then.
      const { activeTurnId } = await client.sessions.get(conversationId);
      const messages: ConversationMessage[] = [];
      for await (const entry of client.sessions.history(conversationId))
        messages.push(...('role' in entry ? [fromStored(entry)] : fromUnstored(entry)));
      if (epoch !== this.epoch || this.state.isLoading) return;
      const runs = activeTurnId !== undefined && !messages.some(({ turnId }) => turnId === activeTurnId);
      if (!runs) {
        this.set({ messages, isRestoring: false });
        return;
      }
      const question = await this.questionOf(activeTurnId);
      if (epoch !== this.epoch || this.state.isLoading) return;
      const asked = question === undefined ? [] : [questionMessage(`${activeTurnId}:user`, question)];
      this.follow(activeTurnId, [...messages, ...asked]);
    } catch (error) {
      if (epoch === this.epoch) this.set({ isRestoring: false, error: asTollgateError(error) });
    }
  }

  private async questionOf(turnId: string): Promise<string | undefined> {
    return this.questions.find(turnId) ?? (await this.options.client.turns.get(turnId)).question;
  }

  private ask(question: string, key: string, before: readonly ConversationMessage[]): void {
    const { chatflowId } = this.options;
    const { conversationId: sessionId } = this.state;
    const answer = waitingAnswer(key);
    this.begin(answer, [...before, questionMessage(`${key}:question`, question)], (control) =>
      this.options.client.chat.stream({
        question,
        idempotencyKey: key,
        ...(chatflowId === undefined ? {} : { chatflowId }),
        ...(sessionId === undefined ? {} : { sessionId }),
        ...control,
        onStart: (turn) => {
          this.questions.remember(turn.turnId, question);
          this.noteStart(turn.sessionId);
        },
      }),
    );
  }

  private follow(turnId: string, before: readonly ConversationMessage[]): void {
    const answer = { ...waitingAnswer(`${turnId}:assistant`), turnId };
    this.begin(answer, before, (control) => this.options.client.chat.follow(turnId, control));
  }

  private begin(
    answer: ConversationMessage,
    before: readonly ConversationMessage[],
    open: (control: StreamControl) => ChatStream,
  ): void {
    const epoch = this.leave();
    this.set({
      messages: [...before, answer],
      isLoading: true,
      isRestoring: false,
      isReconnecting: false,
      error: undefined,
    });
    const flush = (): void => {
      this.flushSoon(answer.id);
    };
    const stream = open({
      onToken: flush,
      onToolCall: flush,
      onSources: flush,
      onReconnect: () => {
        if (epoch === this.epoch) this.set({ isReconnecting: true });
      },
      onConnected: () => {
        if (epoch === this.epoch) this.set({ isReconnecting: false });
      },
    });
    this.stream = stream;
    void this.finish(stream, answer.id, epoch);
  }

  /** Waits for the answer's end. Never rejects. */
  private async finish(stream: ChatStream, answerId: string, epoch: number): Promise<void> {
    let failure: TollgateError | undefined;
    let ended: Pick<ConversationMessage, 'charged' | 'finishReason'> = {};
    try {
      const { charged, finishReason } = await stream.result();
      ended = { charged, finishReason };
    } catch (error) {
      failure = asTollgateError(error);
    }
    if (stream.turnId !== undefined && !isOutOfReach(failure)) this.questions.forget(stream.turnId);
    if (epoch !== this.epoch) return;
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.stream = undefined;
    const idle = { isLoading: false, isReconnecting: false, statistics: stream.statistics };
    if (failure?.is('turn_in_progress') === true) {
      this.giveWayTo(failure.details.turnId, failure);
    } else {
      // In one step: nobody may see an answer that has ended and still runs.
      this.patch(
        answerId,
        { ...shownOf(stream), ...endingOf(failure), ...ended },
        { ...idle, ...(statusOf(failure) === 'failed' ? { error: failure } : {}) },
      );
    }
    this.options.onSettled?.();
  }

  /** Another tab was faster: shows its turn, and takes the question back. */
  private giveWayTo(turnId: string, error: TollgateError): void {
    const before = this.state.messages.slice(0, -2);
    const epoch = this.epoch;
    void this.questionOf(turnId)
      .catch(() => undefined)
      .then((question) => {
        if (epoch !== this.epoch) return;
        const asked = question === undefined ? [] : [questionMessage(`${turnId}:user`, question)];
        this.follow(turnId, [...before, ...asked]);
        this.set({ error });
      });
  }

  private noteStart(sessionId: string): void {
    if (this.state.conversationId === undefined) {
      this.set({ conversationId: sessionId });
      this.options.onConversationCreated?.(sessionId);
    }
    this.options.onTurnStarted?.(sessionId);
  }

  /** Detaches from whatever runs. @returns the number of what begins now */
  private leave(): number {
    const { stream } = this;
    this.epoch += 1;
    this.stream = undefined;
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    stream?.leave();
    return this.epoch;
  }

  private flushSoon(answerId: string): void {
    this.flushTimer ??= setTimeout(() => {
      this.flush(answerId);
    }, FLUSH_INTERVAL_MS);
  }

  private flush(answerId: string): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (this.stream === undefined) return;
    const shown = shownOf(this.stream);
    const hasBegun = shown.content !== '' || shown.toolCalls.length > 0;
    this.patch(answerId, { ...shown, ...(hasBegun ? { status: 'streaming' } : {}) });
  }

  private patch(
    id: string,
    change: Partial<ConversationMessage>,
    also: Partial<ConversationState> = {},
  ): void {
    const messages = this.state.messages.map((message) =>
      message.id === id ? { ...message, ...change } : message,
    );
    this.set({ ...also, messages });
  }

  private set(change: Partial<ConversationState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function shownOf({ text, toolCalls, sources, turnId }: ChatStream) {
  return { content: text, toolCalls, sources, ...(turnId === undefined ? {} : { turnId }) };
}

function statusOf(failure: TollgateError | undefined): MessageStatus {
  if (failure === undefined) return 'completed';
  if (failure.is('turn_stopped')) return 'stopped';
  return failure.is('turn_interrupted') ? 'interrupted' : 'failed';
}

function endingOf(failure: TollgateError | undefined): Partial<ConversationMessage> {
  const status = statusOf(failure);
  return failure === undefined || status === 'stopped' ? { status } : { status, error: failure };
}

function isOutOfReach(error: TollgateError | undefined): boolean {
  return error?.is('connection_failed') === true || error?.is('event_timeout') === true;
}

function asTollgateError(error: unknown): TollgateError {
  if (error instanceof TollgateError) return error;
  return new TollgateError('internal', 'Something went wrong in this page.', { cause: error });
}
