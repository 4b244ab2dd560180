import { EMPTY, type ConversationOptions, type ConversationState } from './conversation-state.js';
import type { ConversationMessage } from './conversation-message.js';

/** What is shown of a conversation, and who wants to know of its changes. */
export class ConversationStore {
  protected state = EMPTY;
  private readonly listeners = new Set<() => void>();

  /** @param options may be replaced at any time */
  constructor(public options: ConversationOptions) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly getState = (): ConversationState => this.state;

  protected patch(
    id: string,
    change: Partial<ConversationMessage>,
    also: Partial<ConversationState> = {},
  ): void {
    const messages = this.state.messages.map((message) =>
      message.id === id ? { ...message, ...change } : message,
    );
    this.set({ ...also, messages });
  }

  protected set(change: Partial<ConversationState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
