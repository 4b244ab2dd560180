const DAY_MS = 24 * 3600_000;

/** For how long the chatflows keep sessions. */
export class RetentionRules {
  /** Milliseconds, by chatflow. */
  private readonly kept = new Map<string, number>();

  /** Instead of what was said before. @param days `undefined`: for ever */
  set(chatflowId: string, days: number | undefined): void {
    if (days === undefined) this.kept.delete(chatflowId);
    else this.kept.set(chatflowId, days * DAY_MS);
  }

  get isEmpty(): boolean {
    return this.kept.size === 0;
  }

  /** The chatflows that do not keep a session any more whose last turn ended then. */
  keptNoLonger(lastTurnAt: Date, now: number): readonly string[] {
    const age = now - lastTurnAt.getTime();
    return [...this.kept].filter(([, keptFor]) => age > keptFor).map(([id]) => id);
  }
}
