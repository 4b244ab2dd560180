import { TYPE_ORDER, typeOrder } from './types.js';
import { Int32, } from './values.js';
/** What a writer begins with, and up to what it keeps for its next key. */
const USUAL_BYTES = 256;
const LARGEST_KEPT_BYTES = 64 * 1024;
/**
 * Order-preserving bytes: `Buffer.compare(keyOf(a), keyOf(b))` has the sign of `compareValues(a, b)`, equal values have
 * equal bytes, and no key is a prefix of another, so keys can be joined, and inverted for descending order.
 */
export class KeyWriter {
    buffer = Buffer.allocUnsafe(USUAL_BYTES);
    length = 0;
    /** Appends one value; `descending` inverts its bytes. `undefined` is the key of an empty array. */
    add(value, descending = false) {
        const start = this.length;
        this.byte(value === undefined ? TYPE_ORDER.undefined : typeOrder(value));
        if (value !== undefined)
            this.content(value);
        if (descending)
            for (let at = start; at < this.length; at++)
                this.buffer[at] = ~(this.buffer[at] ?? 0);
        return this;
    }
    raw(bytes) {
        this.reserve(bytes.length);
        this.buffer.set(bytes, this.length);
        this.length += bytes.length;
        return this;
    }
    /** Forgets what was written, also by one that failed half-way. */
    begin() {
        this.length = 0;
        if (this.buffer.length > LARGEST_KEPT_BYTES)
            this.buffer = Buffer.allocUnsafe(USUAL_BYTES);
        return this;
    }
    /** @returns what was written, in a buffer of its own */
    finish() {
        const key = Buffer.allocUnsafe(this.length);
        this.buffer.copy(key, 0, 0, this.length);
        return key;
    }
    content(value) {
        switch (typeOrder(value)) {
            case TYPE_ORDER.number:
                return this.number(value);
            case TYPE_ORDER.string:
                return this.text(value);
            case TYPE_ORDER.document:
                return this.document(value);
            case TYPE_ORDER.array:
                for (const element of value)
                    this.add(element);
                return this.byte(0);
            case TYPE_ORDER.binary:
                return this.binary(value);
            case TYPE_ORDER.objectId:
                this.raw(Buffer.from(value.hex, 'hex'));
                return;
            case TYPE_ORDER.boolean:
                return this.byte(value === true ? 1 : 0);
            case TYPE_ORDER.date:
                return this.double(value.milliseconds);
            default:
        }
    }
    /** The greatest double that is not above the number, then what is left of it: nothing but for Int64s beyond 2^53. */
    number(value) {
        if (typeof value !== 'bigint') {
            this.double(value instanceof Int32 ? value.value : value);
            return this.byte(0);
        }
        const bits = (value < 0n ? -value : value).toString(2).length;
        const spare = BigInt(Math.max(bits - DOUBLE_BITS, 0));
        const floor = (value >> spare) << spare;
        this.double(Number(floor));
        if (floor === value)
            return this.byte(0);
        const digits = (value - floor).toString();
        this.byte(1);
        this.byte(WHOLE_REST);
        this.byte(digits.length);
        this.raw(Buffer.from(digits.replace(/0+$/, ''), 'latin1'));
        this.byte(0);
    }
    double(value) {
        this.reserve(8);
        const { buffer, length } = this;
        if (Number.isNaN(value))
            buffer.fill(0, length, length + 8);
        else {
            // -0 equals 0.
            buffer.writeDoubleBE(value === 0 ? 0 : value, length);
            const first = buffer[length] ?? 0;
            if (first & 0x80)
                for (let at = length; at < length + 8; at++)
                    buffer[at] = ~(buffer[at] ?? 0);
            else
                buffer[length] = first | 0x80;
        }
        this.length += 8;
    }
    document(document) {
        for (const [name, value] of document) {
            this.byte(typeOrder(value));
            this.text(name);
            this.content(value);
        }
        this.byte(0);
    }
    binary(value) {
        const header = Buffer.alloc(5);
        header.writeUInt32BE(value.bytes.length);
        header[4] = value.subtype;
        this.raw(header).raw(value.bytes);
    }
    /** UTF-8 ended by 0. A 0 inside becomes 1 1 and a 1 becomes 1 2, so that no text is the beginning of another. */
    text(text) {
        const isPlain = !text.includes('\0') && !text.includes('\x01');
        const escaped = isPlain ? text : text.replaceAll('\x01', '\x01\x02').replaceAll('\0', '\x01\x01');
        this.reserve(escaped.length * 3 + 1);
        this.length += this.buffer.write(escaped, this.length);
        this.byte(0);
    }
    byte(value) {
        this.reserve(1);
        this.buffer[this.length++] = value;
    }
    reserve(size) {
        if (this.length + size <= this.buffer.length)
            return;
        const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + size));
        this.buffer.copy(larger, 0, 0, this.length);
        this.buffer = larger;
    }
}
const DOUBLE_BITS = 53;
/** Before the number of a rest's digits: the indexes of older files are made of such keys. */
const WHOLE_REST = 0x80;
export function keyOf(value) {
    return new KeyWriter().add(value).finish();
}
//# sourceMappingURL=key.js.map