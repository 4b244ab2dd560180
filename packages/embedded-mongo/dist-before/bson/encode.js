import { DateValue, Int32, ObjectIdValue, RawDocument, isArray, } from './values.js';
/** One growing buffer serves every encoding: this code runs on one thread and each result is copied out. */
let buffer = Buffer.allocUnsafe(1 << 16);
let position = 0;
/** Up to this length a call of the encoder of UTF-8 takes longer than the text. */
const SHORT_TEXT = 48;
/** The document's BSON bytes, in a buffer of their own. */
export function encodeDocument(document) {
    return encoded(() => {
        writeDocument(document);
    });
}
/** What `write` writes, by the functions below and no other encoding meanwhile, in a buffer of its own. */
export function encoded(write) {
    position = 0;
    write();
    const bytes = Buffer.allocUnsafe(position);
    buffer.copy(bytes, 0, 0, position);
    return bytes;
}
/** The bytes of a value's type and content, for exact (type-aware) comparison of values. */
export function encodeValue(value) {
    return encodeDocument(new Map([['', value]]));
}
function reserve(size) {
    if (position + size <= buffer.length)
        return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, position + size));
    buffer.copy(larger, 0, 0, position);
    buffer = larger;
}
function writeDocument(document) {
    const start = beginBlock();
    for (const [name, value] of document)
        writeElement(name, value);
    endBlock(start);
}
/** Begins a document's or an array's content. @returns what `endBlock` takes */
export function beginBlock() {
    reserve(5);
    position += 4;
    return position - 4;
}
export function endBlock(start) {
    reserve(1);
    buffer[position++] = 0;
    buffer.writeInt32LE(position - start, start);
}
export function writeElement(name, value) {
    const typeAt = writeName(0, name);
    // Writing the content may replace the buffer, so the place for the type must be looked up after it.
    const type = writeContent(value);
    buffer[typeAt] = type;
}
/** Begins an element, and makes room for content of a fixed size. @returns where its type stands */
export function writeName(type, name) {
    reserve(name.length * 3 + 24);
    const typeAt = position++;
    buffer[typeAt] = type;
    position += writeText(name, position);
    buffer[position++] = 0;
    return typeAt;
}
/** Writes the content and returns the type byte. Room for the fixed-size types was reserved with the name. */
function writeContent(value) {
    if (typeof value === 'string') {
        writeString(value);
        return 0x02;
    }
    if (typeof value === 'number') {
        position = buffer.writeDoubleLE(value, position);
        return 0x01;
    }
    if (value === null)
        return 0x0a;
    if (typeof value === 'boolean') {
        buffer[position++] = value ? 1 : 0;
        return 0x08;
    }
    if (typeof value === 'bigint') {
        position = buffer.writeBigInt64LE(value, position);
        return 0x12;
    }
    if (value instanceof Map) {
        writeDocument(value);
        return 0x03;
    }
    if (isArray(value)) {
        const start = beginBlock();
        for (let index = 0; index < value.length; index++)
            writeElement(String(index), value[index] ?? null);
        endBlock(start);
        return 0x04;
    }
    if (value instanceof Int32) {
        position = buffer.writeInt32LE(value.value, position);
        return 0x10;
    }
    if (value instanceof ObjectIdValue) {
        position += buffer.write(value.hex, position, 12, 'hex');
        return 0x07;
    }
    if (value instanceof DateValue) {
        position = buffer.writeBigInt64LE(BigInt(value.milliseconds), position);
        return 0x09;
    }
    if (value instanceof RawDocument) {
        writeBytes(value.bytes);
        return 0x03;
    }
    position = buffer.writeInt32LE(value.bytes.length, position);
    buffer[position++] = value.subtype;
    writeBytes(value.bytes);
    return 0x05;
}
/** Room was reserved. @returns how many bytes it took */
function writeText(text, at) {
    if (text.length > SHORT_TEXT)
        return buffer.write(text, at);
    for (let index = 0; index < text.length; index++) {
        const code = text.charCodeAt(index);
        if (code > 0x7f)
            return buffer.write(text, at);
        buffer[at + index] = code;
    }
    return text.length;
}
function writeString(text) {
    reserve(text.length * 3 + 5);
    const written = writeText(text, position + 4);
    buffer.writeInt32LE(written + 1, position);
    position += written + 4;
    buffer[position++] = 0;
}
/** @param start of what is written @param end behind it */
export function writeBytes(bytes, start = 0, end = bytes.length) {
    reserve(end - start);
    position += bytes.copy(buffer, position, start, end);
}
//# sourceMappingURL=encode.js.map