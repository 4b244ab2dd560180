import { TYPE_ORDER } from './types.js';
import { DateValue, type Value } from './values.js';

const MAX_INT32 = 2 ** 31 - 1;
const MIN_INT32 = -(2 ** 31);
const DOUBLE_BYTES = 8;

/** Reads back the texts, dates and numbers that `writeKey` wrote, as far as a key tells them. */
export class KeyReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  /**
   * The next value; after `undefined` nothing more can be read. A number that an Int32 could hold is not told: the keys of all types of number are one. Whoever
   * reads must know that there is no Int64 among the others.
   * @returns undefined for what a key does not tell, as null and nothing have one key
   */
  next(descending: boolean): Value | undefined {
    const [type] = this.take(1, descending);
    if (type === TYPE_ORDER.string) return this.text(descending);
    if (type === TYPE_ORDER.date) return new DateValue(this.double(descending));
    return type === TYPE_ORDER.number ? this.number(descending) : undefined;
  }

  private number(descending: boolean): Value | undefined {
    const value = this.double(descending);
    const [rest] = this.take(1, descending);
    const mayBeInt32 = Number.isInteger(value) && value >= MIN_INT32 && value <= MAX_INT32;
    return rest !== 0 || mayBeInt32 ? undefined : value;
  }

  private double(descending: boolean): number {
    const bytes = this.take(DOUBLE_BYTES, descending);
    if (bytes.every((byte) => byte === 0)) return NaN;
    const first = bytes[0] ?? 0;
    if (first & 0x80) bytes[0] = first & 0x7f;
    else for (const [at, byte] of bytes.entries()) bytes[at] = ~byte;
    return bytes.readDoubleBE();
  }

  private text(descending: boolean): string {
    const end = this.bytes.indexOf(descending ? 0xff : 0, this.at);
    const bytes = this.take(end - this.at, descending);
    this.at++;
    const text = bytes.toString();
    return text.includes('\x01') ? text.replaceAll('\x01\x01', '\0').replaceAll('\x01\x02', '\x01') : text;
  }

  /** A copy, as it was written upwards. */
  private take(length: number, descending: boolean): Buffer {
    const taken = Buffer.from(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    if (descending) for (const [at, byte] of taken.entries()) taken[at] = ~byte;
    return taken;
  }
}
