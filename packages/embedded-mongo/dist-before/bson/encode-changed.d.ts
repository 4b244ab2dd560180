import { type Document } from './values.js';
/**
 * The same bytes as `encodeDocument(after)`, most of them copied: what `after` shares with `before` is as it was.
 * @param bytes those of `before`
 */
export declare function encodeChanged(before: Document, bytes: Buffer, after: Document): Buffer;
