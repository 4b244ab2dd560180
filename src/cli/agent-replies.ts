import { TollgateError, type InputRequest } from '@tollgate/client';
import type { Reply, ReplyTo } from './agent-question.js';
import { red, say } from './terminal.js';

/** The turn whose agent asks. */
export interface AskingTurn {
  /** @returns whether the turn has waited for it @throws TollgateError */
  readonly give: (reply: Reply) => Promise<boolean>;
  /** Nobody will answer. */
  readonly stop: () => void;
}

/** What a person replies to the questions of one turn, while it runs and when it has ended with one. */
export class AgentReplies {
  private answered: Promise<void> = Promise.resolve();
  private isOver = false;
  private asked = new AbortController();
  private left: Reply | undefined;

  constructor(
    private readonly replyTo: ReplyTo | undefined,
    private readonly turn: AskingTurn,
  ) {}

  /** Never rejects, and is not waited for: the stream goes on meanwhile. */
  ask(request: InputRequest): void {
    const { replyTo } = this;
    if (replyTo === undefined) return;
    const { signal } = (this.asked = new AbortController());
    this.answered = this.answered.then(() => this.read(replyTo, request, signal));
    // It is told where somebody waits for it.
    this.answered.catch(() => undefined);
  }

  /** The agent goes on or its turn has failed: the question is answered elsewhere, or never. */
  takeBack(): void {
    this.asked.abort();
  }

  /** The turn has completed. @returns the reply that it has not waited for: the next turn takes it along */
  async rest(): Promise<Reply | undefined> {
    this.isOver = true;
    await this.answered;
    return this.left;
  }

  private async read(replyTo: ReplyTo, request: InputRequest, signal: AbortSignal): Promise<void> {
    for (;;) {
      const reply = await replyTo(request, signal);
      if (signal.aborted) return;
      if (reply === undefined) {
        if (!this.isOver) this.turn.stop();
        return;
      }
      try {
        if (!(await this.turn.give(reply)) && !signal.aborted) this.left = reply;
        return;
      } catch (error) {
        if (!(error instanceof TollgateError) || error.is('unauthenticated')) throw error;
        say(red(error.message));
      }
    }
  }
}
