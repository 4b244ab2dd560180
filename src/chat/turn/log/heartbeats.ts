/** A stream whose readers are to be kept alive. */
export interface Beating {
  beat(now: number): void;
}

/** How many times within one heartbeat interval readers are looked at: silence is noticed a quarter late at worst. */
const CHECKS_PER_INTERVAL = 4;

/** One timer for all open streams, running only while there are any. */
export class Heartbeats {
  private readonly streams = new Set<Beating>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly intervalMs: number,
    private readonly now: () => number,
  ) {}

  add(stream: Beating): void {
    this.streams.add(stream);
    this.timer ??= setInterval(
      () => this.beatAll(),
      Math.max(1, this.intervalMs / CHECKS_PER_INTERVAL),
    ).unref();
  }

  delete(stream: Beating): void {
    this.streams.delete(stream);
    if (this.streams.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private beatAll(): void {
    const now = this.now();
    for (const stream of [...this.streams]) stream.beat(now);
  }
}
