import { type Value } from '../../bson/values.js';
/**
 * The new value for the current one; `undefined` is a missing field. Values are shared between documents and never changed.
 * @throws CommandError for a current value that it cannot work on
 */
export type ValueChange = (current: Value | undefined) => Value | undefined;
/** One update operator, as it understands its operand. */
export interface UpdateOperator {
    /** @throws CommandError for an operand that it cannot use */
    readonly changeOf: (operand: Value, path: string) => ValueChange;
    /** Whether a missing path is made; removing operators leave it missing. */
    readonly creates: boolean;
    /** Whether it applies to documents that an upsert inserts, and no others. */
    readonly onInsert?: boolean;
}
/** The update operators there are. */
export declare const UPDATE_OPERATORS: Readonly<Record<string, UpdateOperator>>;
