/**
 * What an API key may be used for. `chat`: to ask, follow, stop, give input, upload, and change what is the user's own; `read`: to read sessions, messages,
 * usage and balance; `admin`: what needs the role of an admin, as long as the key's owner has it.
 */
export const SCOPES = ['chat', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Of a new key that names none. */
export const DEFAULT_SCOPES: readonly Scope[] = ['chat', 'read'];
