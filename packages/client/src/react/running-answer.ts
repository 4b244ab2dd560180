import { TollgateError } from '../errors.js';
import type { ChatStream, StreamControl } from '../stream/chat-stream.js';
import type { InputRequest, StartEvent } from '../stream/stream-event.js';
import { asTollgateError, endingOf, hasBegun, isOutOfReach, shownOf, statusOf } from './answer-state.js';
import { questionMessage, waitingAnswer, type ConversationMessage } from './conversation-message.js';
import type { ConversationOptions } from './conversation-state.js';
import { ConversationStore } from './conversation-store.js';
import { RememberedQuestions } from './remembered-questions.js';
import { UnsentQuestions, type UnsentQuestion } from './unsent-questions.js';

/** Often enough to look fluent; every token would have the page laid out again. */
const FLUSH_INTERVAL_MS = 40;

/** The turn that runs in a conversation: shows its answer as it comes, and what has become of it. */
export abstract class RunningAnswer extends ConversationStore {
  protected readonly questions: RememberedQuestions;
  protected readonly unsent: UnsentQuestions;
  protected stream: ChatStream | undefined;
  /** What the stream asks; undefined while it follows a turn. */
  protected asked: Omit<UnsentQuestion, 'error'> | undefined;
  /** What an agent has asked and was told; its turn has it as asked until something is said behind it. */
  protected answered: InputRequest | undefined;
  /** Counts what was opened: work that began under an earlier number has no say any more. */
  protected epoch = 0;
  private flushTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConversationOptions) {
    super(options);
    this.questions = new RememberedQuestions(options.storage);
    this.unsent = new UnsentQuestions(options.storage);
  }

  /** Looks for what is stored. Never rejects. */
  abstract refresh(): Promise<void>;

  protected async questionOf(turnId: string): Promise<string | undefined> {
    return this.questions.find(turnId) ?? (await this.options.client.turns.get(turnId)).question;
  }

  protected follow(turnId: string, before: readonly ConversationMessage[]): void {
    const answer = { ...waitingAnswer(`${turnId}:assistant`), turnId };
    this.begin(answer, before, (control) => this.options.client.chat.follow(turnId, control));
  }

  protected begin(
    answer: ConversationMessage,
    before: readonly ConversationMessage[],
    open: (control: StreamControl) => ChatStream,
    isBranch = false,
  ): void {
    const epoch = this.leave();
    const messages = [...before, answer];
    const running = { isLoading: true, isRestoring: false, isReconnecting: false, isServerBusy: false };
    this.set({ messages, ...running, branch: undefined, error: undefined });
    const flush = (): void => {
      this.flushSoon(answer.id);
    };
    const connected = (reason?: TollgateError): void => {
      const isServerBusy = reason?.is('overloaded') === true;
      if (epoch !== this.epoch) return;
      // The page may be left without a word, while the server has no place or is out of reach.
      if (reason !== undefined && stream.turnId === undefined && this.asked !== undefined)
        this.unsent.keep({ ...this.asked, error: nobodyWaited() });
      this.set({ isReconnecting: reason !== undefined, isServerBusy });
    };
    const stream = open({
      onToken: flush,
      onThinking: flush,
      onToolCall: flush,
      onSources: flush,
      onInputRequest: flush,
      onReconnect: ({ reason }) => {
        connected(reason);
      },
      onConnected: () => {
        connected();
      },
    });
    this.stream = stream;
    void this.finish(stream, answer.id, epoch, isBranch);
  }

  /** Waits for the answer's end. Never rejects. */
  private async finish(
    stream: ChatStream,
    answerId: string,
    epoch: number,
    isBranch: boolean,
  ): Promise<void> {
    let failure: TollgateError | undefined;
    let ended: Partial<ConversationMessage> = {};
    try {
      const { charged, finishReason, messageId } = await stream.result();
      ended = { charged, finishReason, ...(messageId !== '' && { messageId }) };
    } catch (error) {
      failure = asTollgateError(error);
    }
    if (stream.turnId !== undefined && !isOutOfReach(failure)) this.questions.forget(stream.turnId);
    if (epoch !== this.epoch) return;
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.keepUnsent(stream, failure);
    this.stream = undefined;
    const idle = {
      isLoading: false,
      isReconnecting: false,
      isServerBusy: false,
      statistics: stream.statistics,
    };
    if (failure?.is('turn_in_progress') === true) {
      this.giveWayTo(failure.details.turnId, failure);
    } else {
      const status = statusOf(failure);
      // In one step: nobody may see an answer that has ended and still runs.
      this.patch(
        answerId,
        { ...this.shownOf(stream), ...endingOf(failure), ...ended },
        { ...idle, ...(status === 'failed' ? { error: failure } : {}) },
      );
      // What was kept of it has an id that only the store tells; so has the question that others stand beside.
      if (isBranch || status === 'stopped' || status === 'interrupted') void this.refresh();
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

  protected noteStart({ sessionId, chatflowId }: StartEvent): void {
    if (chatflowId !== '') this.set({ chatflowId });
    if (this.state.conversationId === undefined) {
      this.set({ conversationId: sessionId });
      this.options.onConversationCreated?.(sessionId);
    }
    this.options.onTurnStarted?.(sessionId);
  }

  /** Detaches from whatever runs. @returns the number of what begins now */
  protected leave(): number {
    const { stream } = this;
    if (stream !== undefined) this.keepUnsent(stream, nobodyWaited());
    this.epoch += 1;
    this.stream = undefined;
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    stream?.leave();
    return this.epoch;
  }

  /** Keeps a question of which the server has not said that it has it. */
  private keepUnsent({ turnId }: ChatStream, error: TollgateError | undefined): void {
    const { asked } = this;
    this.asked = undefined;
    if (asked !== undefined && turnId === undefined && error !== undefined)
      this.unsent.keep({ ...asked, error });
  }

  private shownOf(stream: ChatStream): Partial<ConversationMessage> {
    const shown = shownOf(stream);
    return shown.inputRequest === this.answered ? { ...shown, inputRequest: undefined } : shown;
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
    const shown = this.shownOf(this.stream);
    this.patch(answerId, { ...shown, ...(hasBegun(shown) ? { status: 'streaming' } : {}) });
  }
}

/** Of a question: whether the server has it is not known. */
const nobodyWaited = (): TollgateError =>
  new TollgateError('connection_failed', 'Nobody waited for the server.');
