import type { ProviderEvent } from '../../contract/chat-event.js';

export type Batch = readonly ProviderEvent[];
export type Step = IteratorResult<Batch, undefined>;

interface Waiting {
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The side of a stream that its reader sees, who asks for one batch after the other (`next()`), or takes each as it comes (`deliver()`). What is
 * below it decodes the batches, says when they are over, and calls `serve` whenever something may have changed.
 */
export abstract class BatchReader implements AsyncIterableIterator<Batch, undefined> {
  /** Why it ended; `undefined` for a normal end. */
  protected failure: { readonly error: unknown } | undefined;
  private waiting: Waiting | undefined;
  /** Set by a reader that takes everything at once. */
  private taker: ((batch: Batch) => void) | undefined;

  /** Called before each read; the first one starts the call. */
  protected abstract begin(): void;
  /** What has come since the last time, if anything has. */
  protected abstract take(): Batch | undefined;
  /** Whether nothing more comes for the reader. */
  protected abstract get isOver(): boolean;
  /** Nothing more is read. @param graceMs how long the other side has to end it by itself */
  protected abstract finish(graceMs: number): void;
  protected abstract scheduleStep(): void;
  abstract return(): Promise<Step>;

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    this.begin();
    const batch = this.take();
    if (batch !== undefined) return Promise.resolve({ done: false, value: batch });
    if (this.isOver) return this.last();
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  /**
   * Calls `take` with everything that has not been read yet, as the socket brings it; nothing waits and nothing is paused.
   * @returns resolves at the end, and rejects as `next()` would
   */
  deliver(take: (batch: Batch) => void): Promise<void> {
    this.begin();
    return new Promise((resolve, reject) => {
      this.taker = take;
      this.waiting = { resolve: () => resolve(), reject };
      this.scheduleStep();
    });
  }

  /** Gives the reader what there is. @returns false when nobody waits for anything */
  protected serve(): boolean {
    if (this.taker !== undefined) this.handOver(this.taker);
    if (this.waiting === undefined) return false;
    this.answer(this.waiting);
    return true;
  }

  private handOver(take: (batch: Batch) => void): void {
    try {
      const batch = this.take();
      if (batch !== undefined) take(batch);
    } catch (error) {
      // Also behind the last event: what was not taken must not count as taken.
      this.failure = { error };
      this.finish(0);
    }
  }

  private answer({ resolve, reject }: Waiting): void {
    const batch = this.taker === undefined ? this.take() : undefined;
    if (batch === undefined && !this.isOver) return;
    this.waiting = undefined;
    this.taker = undefined;
    if (batch !== undefined) resolve({ done: false, value: batch });
    else this.last().then(resolve, reject);
  }

  /** The last step: a failure is thrown to the first who asks. */
  private last(): Promise<Step> {
    const { failure } = this;
    this.failure = undefined;
    if (failure === undefined) return Promise.resolve({ done: true, value: undefined });
    // An abort's reason is whatever the caller gave; the port promises to throw just that.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return Promise.reject(failure.error);
  }
}
