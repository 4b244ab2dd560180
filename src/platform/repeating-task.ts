import { detached } from './tracing/current-span.js';

/** When the runs of a task come. */
export interface Rhythm {
  /** The first at once, which is the default, or an interval after the start. */
  readonly first?: 'at-once' | 'after-interval';
  /** Whether the interval is counted from the end of the run before, which is the default, or from its beginning. */
  readonly countsFrom?: 'end' | 'beginning';
  /** Spreads the runs of several instances: one comes up to this share of the interval early or late. */
  readonly jitter?: number;
  readonly random?: () => number;
}

/** For what must come in time, as the renewal of a lease must, and has just been done when the task starts. */
export const BEAT: Rhythm = { first: 'after-interval', countsFrom: 'beginning', jitter: 0 };

const UPKEEP: Required<Rhythm> = {
  first: 'at-once',
  countsFrom: 'end',
  jitter: 0.25,
  random: Math.random,
};

/** Runs something again and again, never twice at once. It does not keep the process alive. */
export class RepeatingTask {
  private readonly rhythm: Required<Rhythm>;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStarted = false;

  /**
   * @param intervalMs a function is asked before each run
   * @param run must not reject: it reports its failures itself. It may stop its own task, but not wait for that
   */
  constructor(
    private readonly intervalMs: number | (() => number),
    private readonly run: () => Promise<void>,
    rhythm: Rhythm = {},
  ) {
    this.rhythm = { ...UPKEEP, ...rhythm };
  }

  /** Without effect while it is started. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    // The end of a run under way sees to the next.
    if (this.running !== undefined) return;
    if (this.rhythm.first === 'at-once') void detached(() => this.runNow());
    else this.runLater(performance.now());
  }

  /** Runs without waiting for the interval, started or not. @returns when that run, or the one that is under way, has ended */
  runNow(): Promise<void> {
    if (this.running !== undefined) return this.running;
    clearTimeout(this.timer);
    const beganAt = performance.now();
    this.running = this.run().finally(() => {
      this.running = undefined;
      if (this.isStarted) this.runLater(this.rhythm.countsFrom === 'end' ? performance.now() : beganAt);
    });
    return this.running;
  }

  /** No new run starts; resolves when the running one has ended. */
  async stop(): Promise<void> {
    this.isStarted = false;
    clearTimeout(this.timer);
    await this.running;
  }

  private runLater(from: number): void {
    const { jitter, random } = this.rhythm;
    const intervalMs = typeof this.intervalMs === 'number' ? this.intervalMs : this.intervalMs();
    const at = from + intervalMs * (1 + jitter * (2 * random() - 1));
    this.timer = detached(() => setTimeout(() => void this.runNow(), Math.max(0, at - performance.now())));
    this.timer.unref();
  }
}
