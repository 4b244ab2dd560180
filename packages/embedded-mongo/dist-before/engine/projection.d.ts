import { type Document } from '../bson/values.js';
/** Understands the projection of a `find`. Undefined means the document as it is. @throws CommandError 115 outside the subset */
export declare function parseProjection(specification: Document): ((document: Document) => Document) | undefined;
