import { inverted } from './key.js';
import { DateValue, TYPE_ORDER, type Value } from './values.js';

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const DOUBLE_BYTES = 8;

/** Reads back the texts, dates and numbers that `writeKey` wrote, as far as a key tells them. */
export class KeyReader {
  private at = 0;
  private turned: Buffer | undefined;

  constructor(private readonly bytes: Buffer) {}

  /**
   * The next value; after `undefined` nothing more can be read. A number that an Int32 could hold is not told: the keys of all types of number are one. Whoever
   * reads must know that there is no Int64 among the others.
   * @returns undefined for what a key does not tell, as null and nothing have one key
   */
  next(descending: boolean): Value | undefined {
    const bytes = descending ? (this.turned ??= inverted(this.bytes)) : this.bytes;
    const type = bytes[this.at++];
    if (type === TYPE_ORDER.string) return this.text(bytes);
    if (type === TYPE_ORDER.date) return new DateValue(this.double(bytes));
    return type === TYPE_ORDER.number ? this.number(bytes) : undefined;
  }

  private number(bytes: Buffer): Value | undefined {
    const value = this.double(bytes);
    const rest = bytes[this.at++];
    const mayBeInt32 = Number.isInteger(value) && value >= MIN_INT32 && value <= MAX_INT32;
    return rest !== 0 || mayBeInt32 ? undefined : value;
  }

  private double(bytes: Buffer): number {
    const written = bytes.subarray(this.at, (this.at += DOUBLE_BYTES));
    // One above zero, or zero, has its sign turned, the others have every bit.
    if ((written[0] ?? 0) & 0x80) return -written.readDoubleBE();
    return written.every((byte) => byte === 0) ? NaN : inverted(written).readDoubleBE();
  }

  private text(bytes: Buffer): string {
    const end = bytes.indexOf(0, this.at);
    const text = bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text.includes('\x01') ? text.replaceAll('\x01\x01', '\0').replaceAll('\x01\x02', '\x01') : text;
  }
}
