/**
 * How long a user, key, sign-in or session at an issuer that another instance has changed or ended may still count here as before, without the bus. With it a
 * change counts within a second.
 */
export const MAX_AUTHORITY_STALENESS_MS = 10_000;
