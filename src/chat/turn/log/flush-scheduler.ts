/** Something with readers that want what is new. */
export interface Flushable {
  flush(): void;
}

/**
 * One flush per tick for all turns: whatever was appended in a tick goes to every reader as one write. Tokens that
 * come one by one still go out at once; a burst costs one write instead of one per token.
 */
export class FlushScheduler {
  private dirty = new Set<Flushable>();
  private scheduled = false;

  /** Cheap and idempotent within a tick. */
  markDirty(turn: Flushable): void {
    this.dirty.add(turn);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(this.flushAll);
  }

  private readonly flushAll = (): void => {
    this.scheduled = false;
    const turns = this.dirty;
    this.dirty = new Set();
    for (const turn of turns) turn.flush();
  };
}
