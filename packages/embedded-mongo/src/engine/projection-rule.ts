import type { Value } from '../bson/values.js';
import type { Expression } from './expression/evaluate.js';

/** What happens to a field: kept or left out, computed, changed from its own value, or looked into. */
export type Rule =
  | { readonly kind: 'keep' | 'drop' }
  | { readonly kind: 'compute'; readonly expression: Expression }
  | {
      readonly kind: 'change';
      readonly change: (value: Value) => Value | undefined;
      readonly includes: boolean;
    }
  | { readonly kind: 'inside'; readonly fields: Map<string, Rule> };
