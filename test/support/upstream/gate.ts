/** Lets waiters through one at a time, so that a test decides the order of things instead of the clock. */
export class Gate {
  private passes = 0;
  private isOpen = false;
  private waiting: (() => void)[] = [];

  /** Waits for a pass. @param signal ends the wait, so that nobody who has gone takes a pass from who is still there */
  wait(signal?: AbortSignal): Promise<void> {
    if (this.isOpen || signal?.aborted === true) return Promise.resolve();
    if (this.passes > 0) {
      this.passes -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const leave = (): void => {
        this.waiting = this.waiting.filter((one) => one !== enter);
        resolve();
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(enter);
    });
  }

  /** Hands out `count` passes, to waiters of now or later. */
  release(count = 1): void {
    for (let given = 0; given < count; given += 1) {
      const next = this.waiting.shift();
      if (next === undefined) this.passes += 1;
      else next();
    }
  }

  /** Lets everybody through from now on. */
  open(): void {
    this.isOpen = true;
    for (const next of this.waiting.splice(0)) next();
  }
}
