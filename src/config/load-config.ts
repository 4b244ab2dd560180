import type { AppConfig, DatabaseConfig } from './app-config.js';
import { reviewNames, type Misspelling } from './schema/setting-names.js';
import type { Concern, Environment, Setting, SettingGroup } from './schema/setting.js';
import { fileNameOf, SettingsReader, textOf, type Env } from './schema/settings-reader.js';
import { ACCOUNTING } from './settings/accounting.settings.js';
import { ACCOUNTS } from './settings/accounts.settings.js';
import { SETTINGS } from './settings/all-settings.js';
import { AUTH } from './settings/auth.settings.js';
import { CLUSTER } from './settings/cluster.settings.js';
import { DATABASE } from './settings/database.settings.js';
import { DIALECTS } from './settings/dialects.settings.js';
import { GENERAL, LOGGING } from './settings/general.settings.js';
import { HTTP } from './settings/http.settings.js';
import { LIMITS } from './settings/limits.settings.js';
import { MAIL } from './settings/mail.settings.js';
import { OPERATIONS } from './settings/operations.settings.js';
import { TRACING } from './settings/tracing.settings.js';
import { DAY_MS, TURNS } from './settings/turns.settings.js';
import { UPSTREAM } from './settings/upstream.settings.js';

/**
 * Turns an environment into the frozen configuration.
 * @throws ConfigError naming every setting that is wrong, missing or misspelt, never a value
 */
export function loadConfig(env: Env): AppConfig {
  return load(env, false, ({ environment, notices, part }): AppConfig => ({
    environment,
    logging: part(LOGGING),
    http: part(HTTP),
    operations: part(OPERATIONS),
    tracing: part(TRACING),
    database: part(DATABASE),
    cluster: part(CLUSTER),
    auth: part(AUTH),
    accounts: part(ACCOUNTS),
    mail: part(MAIL),
    accounting: part(ACCOUNTING),
    limits: part(LIMITS),
    upstream: part(UPSTREAM),
    turns: part(TURNS),
    dialects: part(DIALECTS),
    notices,
  }));
}

/**
 * The part of the configuration that work on the database alone needs.
 * @throws ConfigError like `loadConfig`
 */
export function loadDatabaseConfig(env: Env): DatabaseConfig {
  return load(env, true, ({ part }) => part(DATABASE));
}

/** What a command needs that works on users. */
export type UserCommandConfig = Pick<AppConfig, 'database' | 'cluster' | 'operations' | 'mail'>;

/**
 * The part of the configuration that work on users needs.
 * @throws ConfigError like `loadConfig`
 */
export function loadUserCommandConfig(env: Env): UserCommandConfig {
  return load(env, true, ({ part }) => ({
    database: part(DATABASE),
    cluster: part(CLUSTER),
    operations: part(OPERATIONS),
    mail: part(MAIL),
  }));
}

/** What a migration needs besides the database: all of it may be unset. */
export interface MigrationConfig {
  readonly database: DatabaseConfig;
  readonly issuer: string | undefined;
  readonly stormUrl: string | undefined;
  readonly turnRetentionMs: number;
}

/**
 * The part of the configuration that a migration needs.
 * @throws ConfigError like `loadConfig`
 */
export function loadMigrationConfig(env: Env): MigrationConfig {
  return load(env, true, ({ part, value }): MigrationConfig => ({
    database: part(DATABASE),
    issuer: value(AUTH.settings.issuer),
    stormUrl: value(UPSTREAM.settings.stormUrl),
    turnRetentionMs: value(TURNS.settings.retentionDays) * DAY_MS,
  }));
}

/** Gives the values of one environment, and takes note of what is wrong. */
interface Reading {
  readonly environment: Environment;
  /** What is odd and does not stop anything. */
  readonly notices: readonly string[];
  readonly part: <S extends SettingGroup, C>(concern: Concern<S, C>) => C;
  readonly value: <T>(setting: Setting<T>) => T;
}

/** @param isCommand it changes the database and ends: there is no log that anybody would look at, so what is misspelt stops it anywhere */
function load<T>(env: Env, isCommand: boolean, compose: (reading: Reading) => T): T {
  const reader = new SettingsReader(env);
  const environment = reader.value(GENERAL.settings.environment, 'development');
  const { misspelt, notices } = reviewNames(env, SETTINGS);
  const isFatal = ({ meant }: Misspelling): boolean =>
    // Whoever misspells that may well mean production.
    isCommand || environment === 'production' || meant === GENERAL.settings.environment.name;
  for (const one of misspelt.filter(isFatal))
    reader.fail(one.name, `is not a setting: is ${one.meant} meant?`);
  const config = compose({
    environment,
    notices: [
      ...misspelt.map(({ name, meant }) => `${name} is not a setting of Tollgate: is ${meant} meant?`),
      ...notices,
      ...settingsWithoutEffect(env),
    ],
    part: (concern) => reader.read(concern, environment),
    value: (setting) => reader.value(setting, environment),
  });
  reader.finish();
  return deepFreeze(config);
}

function settingsWithoutEffect(env: Env): readonly string[] {
  return SETTINGS.flatMap(({ name, needs, isSecret }) => {
    if (needs === undefined || textOf(env, needs) !== undefined) return [];
    const isSet = textOf(env, name) ?? (isSecret ? textOf(env, fileNameOf(name)) : undefined);
    return isSet === undefined ? [] : [`${name} has no effect without ${needs}.`];
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
