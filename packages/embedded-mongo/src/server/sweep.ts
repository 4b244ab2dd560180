import { CommandError, DamagedDatabaseError } from '../errors.js';
import type { SqliteStore } from '../store/sqlite-store.js';

/** Pages that are looked through at once, about a millisecond: others wait for it. */
const PAGES_PER_BATCH = 128;

/** Is told how a sweep has ended: with an error when something is left. */
export type SweepListener = (error?: Error) => void;

/**
 * Goes through the whole file, a little at a time, overwrites what nothing needs, and empties the log at last. Whoever asks for it while it is under way
 * waits for another one: what they have deleted may have been passed.
 */
export class Sweep {
  private page: number | undefined;
  private listeners: SweepListener[] = [];
  private waiting: SweepListener[] = [];

  constructor(private readonly store: SqliteStore) {}

  get isWanted(): boolean {
    return this.page !== undefined || this.waiting.length > 0;
  }

  ask(listener: SweepListener): void {
    this.waiting.push(listener);
  }

  /** Never throws but for damage. */
  step(): void {
    if (this.page === undefined) {
      if (this.waiting.length === 0) return;
      [this.page, this.listeners, this.waiting] = [1, this.waiting, []];
    }
    try {
      this.page = this.store.overwriteUnused(this.page, PAGES_PER_BATCH);
      if (this.page !== undefined) return;
      this.end(
        this.store.emptyLog() ? undefined : new CommandError('LockBusy', 'The log is being read: try again.'),
      );
    } catch (error) {
      this.end(error instanceof Error ? error : new Error('unknown failure'));
      if (error instanceof DamagedDatabaseError) throw error;
    }
  }

  private end(error?: Error): void {
    const { listeners } = this;
    this.page = undefined;
    this.listeners = [];
    for (const listener of listeners) listener(error);
  }
}
