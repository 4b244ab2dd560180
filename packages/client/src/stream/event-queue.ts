/** Hands events from one producer to one consumer, and holds the producer back when the consumer is slow. */
export class EventQueue<T> {
  private readonly items: T[] = [];
  private end: { readonly error?: unknown } | undefined;
  private wakeConsumer: (() => void) | undefined;
  private wakeProducer: (() => void) | undefined;

  /** @param capacity events that are kept at most */
  constructor(private readonly capacity: number) {}

  /** @returns at once when there is room for more behind it, else when there is */
  async push(item: T): Promise<void> {
    this.items.push(item);
    this.wake('consumer');
    while (this.items.length >= this.capacity && this.end === undefined) {
      await new Promise<void>((resolve) => (this.wakeProducer = resolve));
    }
  }

  /** Nothing more will come; what is there is still handed out. */
  close(): void {
    this.finish({});
  }

  /** Like `close`, but then the consumer gets this error. */
  fail(error: unknown): void {
    this.finish({ error });
  }

  /** Nobody will consume: forgets what is there and lets the producer go on. @returns whether there was anything */
  clear(): boolean {
    const hadItems = this.items.length > 0;
    this.items.length = 0;
    this.wake('producer');
    return hadItems;
  }

  /** @returns the next event, or undefined at the end @throws what `fail` was given */
  async shift(): Promise<T | undefined> {
    for (;;) {
      const item = this.items.shift();
      if (item !== undefined) {
        this.wake('producer');
        return item;
      }
      if (this.end !== undefined) {
        if ('error' in this.end) throw this.end.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.wakeConsumer = resolve));
    }
  }

  private finish(end: { readonly error?: unknown }): void {
    this.end ??= end;
    this.wake('consumer');
    this.wake('producer');
  }

  private wake(who: 'consumer' | 'producer'): void {
    const resume = who === 'consumer' ? this.wakeConsumer : this.wakeProducer;
    if (who === 'consumer') this.wakeConsumer = undefined;
    else this.wakeProducer = undefined;
    resume?.();
  }
}
