import { type Document } from 'bson';
/**
 * A command as a message. It is one document, which may be larger than the largest that can be stored, and then its list goes beside it.
 * @throws RangeError for one above 48 MB, or with a document above 17 MB
 */
export declare function encodeCommand(id: number, command: Document): Buffer;
