/** Lets waiters through one at a time, so that a test decides the order of things instead of the clock. */
export class Gate {
  private passes = 0;
  private isOpen = false;
  private waiting: (() => void)[] = [];

  /** Waits for a pass. */
  wait(): Promise<void> {
    if (this.isOpen) return Promise.resolve();
    if (this.passes > 0) {
      this.passes -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.waiting.push(resolve));
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
