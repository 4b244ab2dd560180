import type { Document } from '../bson/values.js';
import type { RecordBytes } from '../store/rows.js';

/** The account of a service has two kilobytes. Smaller ones are decoded about as fast as they are found here, and would take the place of larger ones. */
const LEAST_BYTES = 1024;
/** Of the large documents that were written last, as they are stored; kept decoded they take about eight times that, the pieces of memory included that their bytes are in. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;

/** A document and the record that says it. */
export interface Decoded {
  readonly record: RecordBytes;
  /** Nobody may change it. */
  readonly document: Document;
}

/**
 * The large documents that were written last, decoded: one that changes with every turn is not decoded each time. What is kept is
 * forgotten when writes are taken back, and counts only while the store has a row of its length and checksum.
 */
export class DecodedDocuments {
  private readonly kept = new Map<number, Decoded>();
  private size = 0;

  /** @param key of the record @returns what it was, which it need not be any more */
  find(key: number): Decoded | undefined {
    return this.kept.get(key);
  }

  keep(key: number, decoded: Decoded): void {
    const { length } = decoded.record.bytes;
    if (length < LEAST_BYTES || length > MAX_KEPT_BYTES) return this.forget(key);
    this.size += length - this.lengthOf(key);
    // In its place: a map that lost one and got one with each write would be made anew every few writes, and what the old ones held
    // would be kept until the whole heap is collected.
    this.kept.set(key, decoded);
    for (const oldest of this.kept.keys()) {
      if (this.size <= MAX_KEPT_BYTES) return;
      this.forget(oldest);
    }
  }

  clear(): void {
    this.kept.clear();
    this.size = 0;
  }

  forget(key: number): void {
    this.size -= this.lengthOf(key);
    this.kept.delete(key);
  }

  private lengthOf(key: number): number {
    return this.kept.get(key)?.record.bytes.length ?? 0;
  }
}
