import type { Document, Value } from '../../bson/values.js';
/** A query filter, understood. */
export interface Filter {
    readonly matches: (document: Document) => boolean;
    /** What every document satisfies that it matches. */
    readonly required: readonly Condition[];
    /** Whether nothing else is asked of them. */
    readonly isComplete: boolean;
}
/** A condition on one path. */
export interface Condition {
    readonly path: string;
    readonly parts: readonly string[];
    /** Decides for a single value; `undefined` is a missing field. */
    readonly test: (value: Value | undefined) => boolean;
    readonly matches: (document: Document) => boolean;
    /** What the planner may use; conditions it cannot use have none. */
    readonly hint: PlannerHint | undefined;
}
export type ComparisonOperator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte';
export type PlannerHint = {
    readonly operator: ComparisonOperator;
    readonly operand: Value;
} | {
    readonly operator: '$in';
    readonly operands: readonly Value[];
} | {
    readonly operator: '$exists';
};
