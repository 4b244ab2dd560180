/** So many flows of one server that fail at once say something about the server. */
export const FLOWS_TO_SUSPECT = 3;
/** Failures within this time are at once. */
export const FLOWS_WINDOW_MS = 60_000;

/** The flows of one server that have failed since the server has accepted a call of any of them. */
export class FailingFlows {
  private readonly failedAt = new Map<string, number>();

  /** @param now milliseconds of any clock that only goes on */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns whether so many have failed by now that it is not the flows */
  failed(flow: string): boolean {
    const now = this.now();
    // Again at the end, so that the first is always the oldest.
    this.failedAt.delete(flow);
    this.failedAt.set(flow, now);
    for (const [oldest, at] of this.failedAt) {
      if (now - at <= FLOWS_WINDOW_MS && this.failedAt.size <= FLOWS_TO_SUSPECT) break;
      this.failedAt.delete(oldest);
    }
    return this.failedAt.size >= FLOWS_TO_SUSPECT;
  }

  /** The server works for one of them at least. */
  clear(): void {
    this.failedAt.clear();
  }
}
