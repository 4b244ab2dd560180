import { crc32 } from 'node:zlib';
import { DamagedDatabaseError } from '../errors.js';
import type { SQL } from './sql.js';
import type { Statements } from './sqlite-connection.js';

/** What a keyspace must add up to: a row that vanished or came twice shows as a difference. */
export interface Totals {
  readonly count: number;
  readonly size: number;
  /** All row checksums added modulo 2^48, so that it does not depend on order. */
  readonly sum: number;
}

/** Of a keyspace without rows. */
export const NO_TOTALS: Totals = { count: 0, size: 0, sum: 0 };

const SUM_MODULUS = 2 ** 48;

/** The row beside those of the keyspaces that counts the commits. */
export const COMMITS_ROW = -1;

/** The checksum of the totals' own row. */
export function totalsChecksum(space: number, totals: Totals): number {
  return crc32(`${space}:${totals.count}:${totals.size}:${totals.sum}`);
}

/** Totals with one row more, or one less (`sign` -1). */
export function plusRow({ count, size, sum }: Totals, checksum: number, bytes: number, sign: 1 | -1): Totals {
  return {
    count: count + sign,
    size: size + sign * bytes,
    sum: (sum + sign * checksum + SUM_MODULUS) % SUM_MODULUS,
  };
}

/** The totals of every keyspace: read once, changed in memory, written with the batch that changed them. */
export class SpaceTotals {
  private readonly totals = new Map<number, Totals>();
  private readonly changed = new Set<number>();
  private readonly undo = new Map<number, Totals | undefined>();
  /** How many batches have changed anything, this one included once it is flushed. */
  commits = 0;

  constructor(private readonly sql: Statements<typeof SQL>) {
    this.reload();
  }

  /** Forgets what is not in the file. */
  reload(): void {
    this.totals.clear();
    this.changed.clear();
    this.commits = 0;
    for (const row of this.sql.totals.all([])) {
      const [space, count, size, sum, checksum] = row as [number, number, number, number, number];
      if (totalsChecksum(space, { count, size, sum }) !== checksum)
        throw new DamagedDatabaseError('totals of a keyspace');
      if (space === COMMITS_ROW) this.commits = count;
      else this.totals.set(space, { count, size, sum });
    }
  }

  of(space: number): Totals {
    return this.totals.get(space) ?? NO_TOTALS;
  }

  /** Bytes of all rows. */
  size(): number {
    let size = 0;
    for (const totals of this.totals.values()) size += totals.size;
    return size;
  }

  change(space: number, checksum: number, bytes: number, sign: 1 | -1): void {
    this.put(space, plusRow(this.of(space), checksum, bytes, sign));
  }

  drop(space: number): void {
    this.put(space, undefined);
  }

  private put(space: number, totals: Totals | undefined): void {
    if (!this.undo.has(space)) this.undo.set(space, this.totals.get(space));
    this.changed.add(space);
    if (totals) this.totals.set(space, totals);
    else this.totals.delete(space);
  }

  /** Begins remembering what `restore` puts back. */
  mark(): void {
    this.undo.clear();
  }

  /** Returns whether there was anything to restore. */
  restore(): boolean {
    for (const [space, totals] of this.undo) this.put(space, totals);
    return this.undo.size > 0;
  }

  /** Writes every change into the open batch. */
  flush(): void {
    for (const space of this.changed) {
      const totals = this.totals.get(space);
      if (totals) this.write(space, totals);
      else this.sql.deleteTotals.run([space]);
    }
    if (this.changed.size > 0) this.write(COMMITS_ROW, { count: ++this.commits, size: 0, sum: 0 });
    this.changed.clear();
  }

  private write(space: number, totals: Totals): void {
    this.sql.putTotals.run([space, totals.count, totals.size, totals.sum, totalsChecksum(space, totals)]);
  }
}
