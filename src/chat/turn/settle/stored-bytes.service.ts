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
  /** How long it took to read: a user has up to a million sessions. */
  readonly tookMs: number;
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

  /** To be called when something of the user was deleted here. */
  forget(userId: string): void {
    this.sums.delete(userId);
    this.readings.delete(userId);
  }

  /** What is known without asking: nothing that other instances have stored, and nothing that they have deleted, since it was read. */
  known(userId: string): StoredSum | undefined {
    return this.sums.get(userId);
  }

  /** Reads it anew; one reading at a time for each user. Rejects when the database does not answer; what was known stays known then. */
  async read(userId: string): Promise<StoredSum> {
    const underWay = this.readings.get(userId);
    if (underWay !== undefined) return underWay.sum;
    const reading: Reading = { added: 0, sum: Promise.resolve().then(() => this.readFor(userId, reading)) };
    this.readings.set(userId, reading);
    return reading.sum;
  }

  private async readFor(userId: string, reading: Reading): Promise<StoredSum> {
    const begunAt = this.clock.now();
    try {
      const stored = await this.history.sumStoredBytes(userId);
      const readAt = this.clock.now();
      const sum = { bytes: stored + reading.added, readAt, tookMs: Math.max(readAt - begunAt, 0) };
      if (this.readings.get(userId) === reading) this.sums.set(userId, sum);
      return sum;
    } finally {
      if (this.readings.get(userId) === reading) this.readings.delete(userId);
    }
  }
}
