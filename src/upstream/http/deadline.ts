/** One timer at a time: setting it again replaces it, and what was cleared cannot be put off. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;

  /** Calls `onPassed` once in so many milliseconds, unless set again or cleared before. */
  set(milliseconds: number, onPassed: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(onPassed, milliseconds);
  }

  /** Starts the time again from now; nothing when none is running. */
  putOff(): void {
    this.timer?.refresh();
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
