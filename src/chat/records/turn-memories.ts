import type { Conversation } from './conversation.store.port.js';

/** Which upstream memories a turn has made use of, in the order in which its upstreams were asked. */
export class TurnMemories {
  private readonly ids: (string | undefined)[] = [];

  /** @param conversation absent: this upstream keeps none */
  asked(conversation: Conversation | undefined): void {
    this.ids.push(conversation?.id);
  }

  /** Whether some upstream may remember the turn. */
  get areUsed(): boolean {
    return this.ids.some((id) => id !== undefined);
  }

  /** Whether an upstream was asked before the one that answers. */
  get areSeveral(): boolean {
    return this.ids.length > 1;
  }

  /** That of the upstream that was asked last. */
  get answering(): string | undefined {
    return this.ids.at(-1);
  }
}
