import { type Document, type Value } from '../../bson/values.js';
import { type UpdateOperator, type ValueChange } from './operators.js';
/** One change of one path. */
export interface UpdateOperation extends UpdateOperator {
    readonly path: string;
    readonly parts: readonly string[];
    readonly change: ValueChange;
}
/** A document in the place of the other, or changes of it. */
export type Update = Document | readonly UpdateOperation[];
/** Understands an update completely before anything is written. @throws CommandError for what MongoDB refuses, 115 outside the subset */
export declare function parseUpdate(update: Value | undefined): Update;
