import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../../platform/clock.port.js';
import { HistoryStore } from '../../records/history.store.port.js';

/** Users whose sum is kept; of others it is asked for again. */
export const MAX_STORED_SUMS = 10_000;

/** A sum that was read, with what was settled here since. */
export interface StoredSum {
  readonly bytes: number;
  /** By the clock. */
  readonly readAt: number;
}

interface Reading {
  /** Settled while it was under way: it may or may not be in the sum, and counts as if it were not. */
  added: number;
  readonly sum: Promise<StoredSum>;
}

/** How much is stored of each user: read from the sessions, and kept up with what this instance settles. */
@Injectable()
export class StoredBytes {
  private readonly sums = new LRUCache<string, StoredSum>({ max: MAX_STORED_SUMS });
  private readonly readings = new Map<string, Reading>();

  constructor(
    private readonly history: HistoryStore,
    private readonly clock: Clock,
  ) {}

  /** To be called when a turn of the user was settled here. Costs nothing of the database. */
  add(userId: string, bytes: number): void {
    const reading = this.readings.get(userId);
    if (reading !== undefined) reading.added += bytes;
    const known = this.sums.get(userId);
    if (known !== undefined) this.sums.set(userId, { ...known, bytes: known.bytes + bytes });
  }

  /** What is known without asking: nothing that other instances have stored, and nothing that was deleted, since it was read. */
  known(userId: string): StoredSum | undefined {
    return this.sums.get(userId);
  }

  /** Reads it anew; one reading at a time for each user. Rejects when the database does not answer; what was known stays known then. */
  async read(userId: string): Promise<StoredSum> {
    let reading = this.readings.get(userId);
    if (reading === undefined) {
      const sum = this.history
        .sumStoredBytes(userId)
        .then((bytes) => this.keep(userId, bytes))
        .finally(() => this.readings.delete(userId));
      reading = { added: 0, sum };
      this.readings.set(userId, reading);
    }
    return reading.sum;
  }

  private keep(userId: string, bytes: number): StoredSum {
    const sum = { bytes: bytes + (this.readings.get(userId)?.added ?? 0), readAt: this.clock.now() };
    this.sums.set(userId, sum);
    return sum;
  }
}
