import type { ListScope, TaskReference } from '../../tools/todo/task-reference.js';

/** What a user wants of the assistant. `undefined` titles and tasks were left out by the user. */
export type Intent =
  | { readonly kind: 'add'; readonly title: string | undefined }
  | { readonly kind: 'list'; readonly scope: ListScope }
  | { readonly kind: 'complete'; readonly task: TaskReference | undefined }
  | { readonly kind: 'remove'; readonly task: TaskReference | undefined }
  | { readonly kind: 'help' }
  | { readonly kind: 'greeting' }
  | { readonly kind: 'thanks' }
  | { readonly kind: 'unknown' };
