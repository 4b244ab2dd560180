import type { ChatQuestion } from '../api/chat.js';
import type { AttachedFile } from '../api/types.js';
import { randomId } from '../http/random-id.js';
import { asTollgateError, isOutOfReach } from './answer-state.js';
import { questionMessage, waitingAnswer, type ConversationMessage } from './conversation-message.js';
import { EMPTY } from './conversation-state.js';
import { besides, parentOf, underShownIds } from './message-place.js';
import { RunningAnswer } from './running-answer.js';
import { sendAgain } from './send-again.js';
import { readConversation } from './stored-conversation.js';
import { hasArrived, unsentMessages, withUnsent } from './unsent-place.js';

export type { ConversationOptions, ConversationState } from './conversation-state.js';

/** What a human decides about an agent's question; a text alone lets it go on with that text. */
export type HumanAnswer =
  string | { readonly type: 'proceed' | 'reject'; readonly feedback?: string; readonly label?: string };

interface Asking {
  readonly question: string;
  readonly key: string;
  readonly before: readonly ConversationMessage[];
  readonly attachments?: readonly AttachedFile[];
  /** Set where the question does not simply follow what was said last. */
  readonly parentId?: string | null;
  /** What is known of the question's place before it is stored; set, if only to undefined, for one that is asked in the place of another. */
  readonly shown?: Partial<ConversationMessage> | undefined;
  readonly humanInput?: ChatQuestion['humanInput'];
  /** Set where it must be the same as it was, whatever is chosen meanwhile. */
  readonly chatflowId?: string | undefined;
}

/** One conversation in a page, without a framework: a store with `subscribe` and `getState`. */
export class Conversation extends RunningAnswer {
  private isOpen = false;

  /** Shows a stored conversation and follows the turn that runs in it; without an id, an empty one. Never rejects. */
  async open(conversationId: string | undefined): Promise<void> {
    if (this.isOpen && conversationId !== undefined && conversationId === this.state.conversationId) return;
    this.isOpen = true;
    const epoch = this.leave();
    this.set({ ...EMPTY, conversationId, isRestoring: conversationId !== undefined });
    if (conversationId !== undefined) {
      await this.load(conversationId, epoch, true);
      return;
    }
    const unsent = this.unsent.find(undefined);
    if (unsent !== undefined) this.set({ messages: unsentMessages(unsent) });
  }

  /** Looks for what other tabs or devices have said since. Never rejects. */
  async refresh(): Promise<void> {
    const { conversationId, isLoading, isRestoring, messages } = this.state;
    const last = messages.at(-1);
    // What never reached the server, or came back from it, is nowhere but here.
    const hasUnstored = last?.status === 'failed' && (last.turnId === undefined || isOutOfReach(last.error));
    if (conversationId === undefined || isLoading || isRestoring || hasUnstored) return;
    await this.load(conversationId, this.epoch);
  }

  /**
   * Asks. Does nothing while a turn runs, or for a blank question.
   * @param attachments what `attachments.upload` gave
   */
  readonly sendMessage = (question: string, attachments: readonly AttachedFile[] = []): void => {
    const { isLoading, messages, branch } = this.state;
    if (isLoading || question.trim() === '') return;
    // In a branch that is not the current one the question follows what is shown.
    const parent = branch === undefined ? {} : { parentId: parentOf(messages) };
    this.ask({ question, key: randomId(), before: messages, attachments, ...parent });
  };

  /** Asks a question in other words: a branch of the conversation. @param id of a message of the user */
  readonly edit = (id: string, question: string): void => {
    const { messages, isLoading } = this.state;
    const index = messages.findIndex((message) => message.id === id);
    const old = messages[index];
    if (isLoading || old?.role !== 'user' || question.trim() === '') return;
    void this.askInPlaceOf(old, question, messages.slice(0, index));
  };

  /** Asks for another answer: a branch of the conversation. @param id of an answer */
  readonly regenerate = (id: string): void => {
    const { messages } = this.state;
    const question = messages[messages.findIndex((message) => message.id === id) - 1];
    if (question !== undefined) this.edit(question.id, question.content);
  };

  /** Answers what an agent asks: its turn goes on, or a new one does. Never rejects. */
  readonly answer = async (input: HumanAnswer): Promise<void> => {
    const { messages, isLoading } = this.state;
    const asked = messages.at(-1);
    if (asked?.inputRequest === undefined) return;
    const decision = typeof input === 'string' ? ({ type: 'proceed', feedback: input } as const) : input;
    const { type, feedback, label } = decision;
    if (isLoading && asked.turnId !== undefined) {
      const content = feedback === undefined ? {} : { content: feedback };
      try {
        await this.options.client.turns.provideInput(asked.turnId, { action: type, ...content });
        this.answered = asked.inputRequest;
        this.patch(asked.id, { inputRequest: undefined });
      } catch (error) {
        this.set({ error: asTollgateError(error) });
      }
      return;
    }
    const [proceed = 'Proceed', reject = 'Reject'] = asked.inputRequest.choices;
    const question = feedback ?? label ?? (type === 'proceed' ? proceed : reject);
    const humanInput = { type, ...(feedback === undefined ? {} : { feedback }) };
    this.ask({ question, key: randomId(), before: messages, humanInput });
  };

  /** Shows another branch. @param messageId of a message in it, as `siblings` names them; undefined: the one that was asked last */
  readonly showBranch = async (messageId: string | undefined): Promise<void> => {
    const { conversationId } = this.state;
    if (conversationId === undefined) return;
    const epoch = this.leave();
    this.set({ branch: messageId, isLoading: false, isReconnecting: false, isServerBusy: false });
    await this.load(conversationId, epoch, true);
  };

  /** Says what the reader thinks of an answer; `undefined` takes it back. @throws TollgateError */
  readonly rate = async (id: string, rating: 'up' | 'down' | undefined, comment?: string): Promise<void> => {
    const { conversationId, messages } = this.state;
    const { messageId } = messages.find((message) => message.id === id) ?? {};
    if (conversationId === undefined || messageId === undefined) return;
    const { sessions } = this.options.client;
    if (rating === undefined) {
      await sessions.unrate(conversationId, messageId);
      this.patch(id, { feedback: undefined });
      return;
    }
    const said = comment === undefined || comment === '' ? {} : { comment };
    this.patch(id, { feedback: await sessions.rate(conversationId, messageId, { rating, ...said }) });
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

  /** Begins a new conversation; a running turn goes on without this page. A new one that was refused is given up. */
  readonly clearMessages = (): void => {
    const { conversationId, isLoading } = this.state;
    if (conversationId === undefined && !isLoading) this.unsent.forget(undefined);
    this.leave();
    this.set(EMPTY);
  };

  /** Asks the last question again in its place, or goes on with its turn when only the connection was lost. */
  readonly retry = (): void => {
    const { messages, isLoading } = this.state;
    const answer = messages.at(-1);
    const question = messages.at(-2);
    if (isLoading || answer?.role !== 'assistant') return;
    const isLost = isOutOfReach(answer.error);
    const unsent = this.unsent.find(this.state.conversationId);
    if (isLost && answer.turnId !== undefined) {
      this.follow(answer.turnId, messages.slice(0, -1));
    } else if (unsent?.key === answer.id) {
      // The same key and body when nobody knows whether the question arrived: it must not be asked twice.
      const again = isLost ? {} : { key: randomId(), chatflowId: undefined };
      this.ask({ ...unsent, ...again, before: messages.slice(0, -2) });
    } else if (question?.role === 'user') {
      void this.askInPlaceOf(question, question.content, messages.slice(0, -2));
    }
  };

  /** Lets go of the connection; the turn goes on at the server. */
  close(): void {
    this.isOpen = false;
    this.leave();
  }

  /** Asks at once, unless files have to be sent once more: meanwhile nothing else can be asked. Never rejects. */
  private async askInPlaceOf(
    old: ConversationMessage,
    question: string,
    before: readonly ConversationMessage[],
  ): Promise<void> {
    const siblings = besides(old);
    const place = this.state.conversationId === undefined ? {} : { parentId: parentOf(before) };
    const asking = { question, key: randomId(), before, ...place, shown: siblings && { siblings } };
    if (old.attachments.length === 0 || old.turnId === undefined) {
      this.ask({ ...asking, attachments: old.attachments });
      return;
    }
    const { epoch } = this;
    this.set({ isLoading: true });
    try {
      const attachments = await sendAgain(this.options.client, old);
      if (epoch === this.epoch) this.ask({ ...asking, attachments });
    } catch (error) {
      if (epoch === this.epoch) this.set({ isLoading: false, error: asTollgateError(error) });
    }
  }

  /** @param isOpened whether what the server does not have is shown as well */
  private async load(conversationId: string, epoch: number, isOpened = false): Promise<void> {
    const { branch } = this.state;
    try {
      const stored = await readConversation(this.options.client, conversationId, branch);
      if (epoch !== this.epoch || this.state.isLoading) return;
      const { session, runningTurnId } = stored;
      const messages = underShownIds(stored.messages, this.state.messages);
      const read = { session, chatflowId: session.chatflowId };
      const unsent = isOpened ? this.unsent.find(conversationId) : undefined;
      const arrived = unsent !== undefined && hasArrived(unsent, messages);
      if (arrived) this.unsent.forget(conversationId);
      if (runningTurnId === undefined) {
        const all = unsent === undefined || arrived ? messages : withUnsent(messages, unsent, branch);
        this.set({ ...read, messages: all, isRestoring: false });
        return;
      }
      const question = await this.questionOf(runningTurnId);
      if (epoch !== this.epoch || this.state.isLoading) return;
      const asked = question === undefined ? [] : [questionMessage(`${runningTurnId}:user`, question)];
      this.set(read);
      this.follow(runningTurnId, [...messages, ...asked]);
    } catch (error) {
      const failure = asTollgateError(error);
      if (failure.is('not_found')) this.unsent.forget(conversationId);
      if (epoch === this.epoch) this.set({ isRestoring: false, error: failure });
    }
  }

  private ask(asking: Asking): void {
    const { question, key, before, attachments = [], parentId, shown, humanInput } = asking;
    const { client } = this.options;
    const { conversationId: sessionId } = this.state;
    // A conversation belongs to its chatflow, whatever is chosen for new ones meanwhile.
    const chatflowId = asking.chatflowId ?? this.state.chatflowId ?? this.options.chatflowId;
    const uploads = attachments.map(({ id }) => ({ attachmentId: id }));
    const asked = { ...questionMessage(`${key}:question`, question, attachments), ...shown };
    const place = {
      ...(chatflowId === undefined ? {} : { chatflowId }),
      ...(parentId === undefined ? {} : { parentId }),
      ...(humanInput === undefined ? {} : { humanInput }),
    };
    const afterTurnId = before.findLast(({ turnId }) => turnId !== undefined)?.turnId;
    this.begin(
      waitingAnswer(key),
      [...before, asked],
      (control) =>
        client.chat.stream({
          question,
          idempotencyKey: key,
          ...place,
          ...(sessionId === undefined ? {} : { sessionId }),
          ...(uploads.length === 0 ? {} : { uploads }),
          ...control,
          onStart: (turn) => {
            this.unsent.forget(sessionId);
            this.questions.remember(turn.turnId, question);
            this.patch(asked.id, { turnId: turn.turnId });
            this.noteStart(turn);
          },
        }),
      'shown' in asking,
    );
    const kept = { conversationId: sessionId, question, key, attachments, ...place };
    this.asked = {
      ...kept,
      ...(afterTurnId !== undefined && { afterTurnId }),
      ...('shown' in asking && { shown }),
    };
  }
}
