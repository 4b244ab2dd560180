/** Something that happens once and can be waited for. It costs a promise only where somebody waits, which for most of them nobody does. */
export class Latch {
  private promise: Promise<void> | undefined;
  private resolve: (() => void) | undefined;
  private opened = false;

  get isOpen(): boolean {
    return this.opened;
  }

  /** It has happened. Again it has no effect. */
  open(): void {
    this.opened = true;
    this.resolve?.();
  }

  /** Resolves when it has happened, at once if it has already; never rejects. */
  wait(): Promise<void> {
    if (this.opened) return Promise.resolve();
    this.promise ??= new Promise((resolve) => (this.resolve = resolve));
    return this.promise;
  }
}
