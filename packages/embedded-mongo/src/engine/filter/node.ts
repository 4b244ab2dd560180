import type { Value } from '../../bson/values.js';

export type ComparisonOperator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte';

/** A condition on one path. `test` decides for a single value (`undefined` is a missing field). */
export interface Condition {
  readonly kind: 'condition';
  readonly path: string;
  readonly parts: readonly string[];
  /** An array at the end of the path is given as a whole only, its elements are not tried. */
  readonly wholeLeaf: boolean;
  readonly test: (value: Value | undefined) => boolean;
  /** What the planner may use; conditions it cannot use have none. */
  readonly hint?: PlannerHint;
}

export type PlannerHint =
  | { readonly operator: ComparisonOperator; readonly operand: Value }
  | { readonly operator: '$in'; readonly operands: readonly Value[] }
  | { readonly operator: '$exists' };

export type FilterNode =
  | Condition
  | { readonly kind: 'and' | 'or'; readonly children: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly child: FilterNode };
