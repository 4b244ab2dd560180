import type { Document } from '../../bson/values.js';
import { visitPath } from '../path.js';
import type { FilterNode } from './node.js';

/** Whether the document satisfies the filter. */
export function matches(node: FilterNode, document: Document): boolean {
  switch (node.kind) {
    case 'condition':
      return visitPath(document, node.parts, node.wholeLeaf, node.test);
    case 'and':
      return node.children.every((child) => matches(child, document));
    case 'or':
      return node.children.some((child) => matches(child, document));
    case 'not':
      return !matches(node.child, document);
  }
}
