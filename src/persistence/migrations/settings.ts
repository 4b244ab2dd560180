/** How long the records of ended turns are kept that a migration finds. */
export const DEFAULT_TURN_RETENTION_DAYS = 90;
