/** How a user names a task: by its number or by (a part of) its title. */
export type TaskReference = { readonly number: number } | { readonly title: string };

/** Which tasks are to be listed. */
export type ListScope = 'open' | 'done' | 'all';

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
