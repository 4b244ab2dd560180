import type { Rows } from './cluster-run.js';

/** Where the time of a run goes: what takes long although nothing is done is seen here. */
export class Durations {
  private readonly spentMs = new Map<string, number>();

  /** Counts the time of this work, whose parts are not counted by themselves. */
  async of<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work();
    } finally {
      this.spentMs.set(name, (this.spentMs.get(name) ?? 0) + performance.now() - begun);
    }
  }

  /** In the order of their first beginnings. */
  rows(): Rows {
    return [...this.spentMs].map(([name, ms]) => [`  ${name}, s`, (ms / 1000).toFixed(1)]);
  }
}
