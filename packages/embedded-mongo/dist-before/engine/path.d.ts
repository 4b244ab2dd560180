import { type Document, type Value } from '../bson/values.js';
/** Called for each value a path leads to; `undefined` stands for a missing field. Returning true ends the walk. */
export type PathVisitor = (value: Value | undefined) => boolean;
/**
 * The names of a dotted path.
 * @throws CommandError 115 for a number as a name, which may mean an array's position, and for `$`, which none that is supported begins with
 */
export declare function pathParts(path: string): string[];
/**
 * Walks a path the way MongoDB's matcher does: the documents of arrays on the way are entered, an array at the end gives
 * its elements first and itself last, unless `wholeLeaf`. Returns whether the visitor ended the walk.
 */
export declare function visitPath(document: Document, parts: readonly string[], wholeLeaf: boolean, visit: PathVisitor, index?: number): boolean;
