/** Spreads the runs of several instances: a run starts up to this share of the interval early or late. */
const JITTER = 0.25;

/** Runs something now and then again and again, never twice at once. It does not keep the process alive. */
export class RepeatingTask {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = true;

  /** @param run must not reject: it reports its failures itself */
  constructor(
    private readonly intervalMs: number,
    private readonly run: () => Promise<void>,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.stopped = false;
    this.runNow();
  }

  /** No new run starts; resolves when the running one has ended. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private runNow(): void {
    this.running = this.run().finally(() => {
      if (this.stopped) return;
      const wait = this.intervalMs * (1 + JITTER * (2 * this.random() - 1));
      this.timer = setTimeout(() => {
        this.runNow();
      }, wait);
      this.timer.unref();
    });
  }
}
