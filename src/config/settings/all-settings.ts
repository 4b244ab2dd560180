import type { Concern, Setting, SettingGroup } from '../schema/setting.js';
import { ACCOUNTING } from './accounting.settings.js';
import { ACCOUNTS } from './accounts.settings.js';
import { AUTH } from './auth.settings.js';
import { CLUSTER } from './cluster.settings.js';
import { DATABASE } from './database.settings.js';
import { DIALECTS } from './dialects.settings.js';
import { GENERAL, LOGGING } from './general.settings.js';
import { HTTP } from './http.settings.js';
import { LIMITS } from './limits.settings.js';
import { MAIL } from './mail.settings.js';
import { OPERATIONS } from './operations.settings.js';
import { TRACING } from './tracing.settings.js';
import { TURNS } from './turns.settings.js';
import { UPSTREAM } from './upstream.settings.js';

/** Of a concern what documentation and the check of names need. */
export type ConcernSettings = Pick<Concern<SettingGroup, unknown>, 'title' | 'settings'>;

/** Every concern in the order in which they are documented. */
export const CONCERNS: readonly ConcernSettings[] = [
  GENERAL,
  LOGGING,
  HTTP,
  OPERATIONS,
  TRACING,
  DATABASE,
  CLUSTER,
  AUTH,
  ACCOUNTS,
  MAIL,
  ACCOUNTING,
  LIMITS,
  UPSTREAM,
  TURNS,
  DIALECTS,
];

/** Every setting there is. */
export const SETTINGS: readonly Setting<unknown>[] = CONCERNS.flatMap(({ settings }) =>
  Object.values(settings),
);
