/** Every record names its tenant; until there are several, this one. */
export const DEFAULT_TENANT = 'default';
