import type { Migration } from './migration.js';
import { OWN_IDS } from './v1/own-ids.js';
import { BRANCHES } from './v2/branches.js';

/** Every migration in its order; a later capability adds its own at the end, with the next number. */
export const MIGRATIONS: readonly Migration[] = [OWN_IDS, BRANCHES];

/** The version that this code works with. */
export const LATEST_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
