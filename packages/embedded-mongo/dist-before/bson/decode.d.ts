import { type Document } from './values.js';
/** Reads the document at `offset`; throws on anything that is not well-formed BSON of a supported type. */
export declare function decodeDocument(bytes: Buffer, offset?: number): Document;
