/** Longest delay that a timer takes; a longer one would run down at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * One timer at a time: setting it again replaces it, and what was cleared cannot be put off.
 *
 * It is put off with every event of a stream, so that only takes a note of the time; the timer looks at it when it has run down.
 */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private milliseconds = 0;
  private onPassed: (() => void) | undefined;
  /** When the time began, by the monotonic clock. */
  private since = 0;

  /** Calls `onPassed` once in so many milliseconds, unless set again or cleared before. */
  set(milliseconds: number, onPassed: () => void): void {
    this.milliseconds = milliseconds;
    this.onPassed = onPassed;
    this.since = performance.now();
    this.restart(milliseconds);
  }

  /** Starts the time again from now; nothing when none is running. */
  putOff(): void {
    this.since = performance.now();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.onPassed = undefined;
  }

  private restart(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.runDown, Math.min(milliseconds, MAX_TIMER_MS));
  }

  private readonly runDown = (): void => {
    const left = this.since + this.milliseconds - performance.now();
    // A timer counts whole milliseconds and may be early by a part of one.
    if (left >= 1) this.restart(left);
    else this.onPassed?.();
  };
}
