/** How a user names a task: by its number or by (a part of) its title. */
export type TaskReference = { readonly number: number } | { readonly title: string };

/** Which tasks are to be listed. */
export type ListScope = 'open' | 'done' | 'all';
