/**
 * The tenant of whoever belongs to no other. Records carry it so that splitting an installation never needs to guess whose a record is; no
 * filter names it yet, but for the list of users.
 */
export const DEFAULT_TENANT = 'default';
