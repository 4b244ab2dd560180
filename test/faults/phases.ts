/**
 * What clients may do: `down` nothing, the server is gone; `recovering` come back to their turns; `open` start new ones too.
 */
export type Phase = 'down' | 'recovering' | 'open';

/** Lets clients wait until they may do something. */
export class Phases {
  private phase: Phase = 'down';
  private waiting: (() => void)[] = [];

  enter(phase: Phase): void {
    this.phase = phase;
    for (const wake of this.waiting.splice(0)) wake();
  }

  get current(): Phase {
    return this.phase;
  }

  /** Resolves when the server can be spoken to. */
  whenUp(): Promise<void> {
    return this.whenNot('down');
  }

  /** Resolves when new turns may be started. */
  async whenOpen(): Promise<void> {
    while (this.phase !== 'open') await this.nextChange();
  }

  private async whenNot(phase: Phase): Promise<void> {
    while (this.phase === phase) await this.nextChange();
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
