import { type Document, type Value } from './values.js';
/** The document's BSON bytes, in a buffer of their own. */
export declare function encodeDocument(document: Document): Buffer;
/** What `write` writes, by the functions below and no other encoding meanwhile, in a buffer of its own. */
export declare function encoded(write: () => void): Buffer;
/** The bytes of a value's type and content, for exact (type-aware) comparison of values. */
export declare function encodeValue(value: Value): Buffer;
/** Begins a document's or an array's content. @returns what `endBlock` takes */
export declare function beginBlock(): number;
export declare function endBlock(start: number): void;
export declare function writeElement(name: string, value: Value): void;
/** Begins an element, and makes room for content of a fixed size. @returns where its type stands */
export declare function writeName(type: number, name: string): number;
/** @param start of what is written @param end behind it */
export declare function writeBytes(bytes: Buffer, start?: number, end?: number): void;
