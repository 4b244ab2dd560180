/**
 * The tenant of every record, for now. Records carry it so that splitting an installation never needs to guess whose a record is; no
 * filter names it yet.
 */
export const DEFAULT_TENANT = 'default';
