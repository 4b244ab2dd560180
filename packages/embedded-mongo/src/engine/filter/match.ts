import type { Document, Value } from '../../bson/values.js';
import { visitPath } from '../path.js';
import type { Condition, FilterNode } from './node.js';

/** The array index at which each array condition of the filter matched, in the order of the conditions. */
export type Positions = { readonly path: string; readonly offset: number }[];

/** Whether the document satisfies the filter. Positions are recorded for conditions outside $or, $nor and $not only. */
export function matches(node: FilterNode, document: Document, positions?: Positions): boolean {
  switch (node.kind) {
    case 'condition':
      return matchesCondition(node, document, positions);
    case 'and':
      return node.children.every((child) => matches(child, document, positions));
    case 'or':
      return node.children.some((child) => matches(child, document));
    case 'nor':
      return !node.children.some((child) => matches(child, document));
    case 'not':
      return !matches(node.child, document);
  }
}

function matchesCondition(condition: Condition, document: Document, positions?: Positions): boolean {
  const inner = { offset: -1 };
  return visitPath(document, condition.parts, condition.wholeLeaf, (value, offset) => {
    inner.offset = -1;
    if (!condition.test(value, inner)) return false;
    const found = offset >= 0 ? offset : inner.offset;
    if (positions && found >= 0) positions.push({ path: condition.path, offset: found });
    return true;
  });
}

/** Whether a single value (an array element) satisfies operators written without a path, as in `{$elemMatch: {$gt: 1}}`. */
export function matchesValue(node: FilterNode, value: Value): boolean {
  switch (node.kind) {
    case 'condition':
      return node.test(value);
    case 'and':
      return node.children.every((child) => matchesValue(child, value));
    case 'or':
      return node.children.some((child) => matchesValue(child, value));
    case 'nor':
      return !node.children.some((child) => matchesValue(child, value));
    case 'not':
      return !matchesValue(node.child, value);
  }
}
