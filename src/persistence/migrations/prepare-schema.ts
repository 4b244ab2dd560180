import { hostname } from 'node:os';
import type { mongo } from 'mongoose';
import { SINGLE_ISSUER_ID, type AppConfig } from '../../config/app-config.js';
import type { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { StartError } from '../../platform/lifecycle/start.error.js';
import type { OpenDatabase } from '../open-database.js';
import { findLiveLock, type LockRecord } from './migration-lock.js';
import { LATEST_VERSION, MIGRATIONS } from './migration-list.js';
import { MigrationFailed, MigrationRefused } from './migration.js';
import { withRawDatabase } from './raw-database.js';
import { runMigrations } from './run-migrations.js';
import { SchemaRecords } from './schema-record.js';

type Settings = Pick<AppConfig, 'auth' | 'upstream' | 'turns'>;

/**
 * Makes sure that the database has the version that this code works with, before anything else looks into it. The embedded database, which
 * nobody else can use, is migrated by this start; an external one only by the command, because other instances may run on it.
 * @throws StartError that says what to do
 */
export async function prepareSchema(
  database: Pick<OpenDatabase, 'uri' | 'kind'>,
  { auth, upstream, turns }: Settings,
  log: StructuredLog,
): Promise<void> {
  if (database.kind === 'external') {
    await assertLatestSchema(database);
    return;
  }
  await withRawDatabase(database.uri, async (db) => {
    const from = await versionOf(db);
    if (from === LATEST_VERSION) return;
    // A warning, so that it is seen with the settings of a first try as well.
    log.warn({ from, to: LATEST_VERSION }, 'the database is of an older version: migrating it');
    await orStartError(() =>
      runMigrations(db, ownerName(), {
        settings: {
          issuer: issuerOfOlder(auth.issuers),
          stormUrl: upstream.storm?.url,
          turnRetentionMs: turns.retentionMs,
        },
        alone: true,
        say: (line) => log.info({}, line),
      }),
    );
    log.warn({ version: LATEST_VERSION }, 'the database is migrated');
  });
}

/** Older versions knew one issuer. @returns `undefined` when nobody can tell which of several it was */
function issuerOfOlder(issuers: Settings['auth']['issuers']): string | undefined {
  const [only, ...others] = issuers;
  return (issuers.find(({ id }) => id === SINGLE_ISSUER_ID) ?? (others.length === 0 ? only : undefined))
    ?.issuer;
}

/**
 * Refuses to go on with a database of another version, or while one is being migrated. A new one gets the latest version.
 * @throws StartError that says what to do
 */
export async function assertLatestSchema({ uri }: Pick<OpenDatabase, 'uri'>): Promise<void> {
  await withRawDatabase(uri, async (db) => {
    const version = await versionOf(db);
    const lock = await findLiveLock(db);
    if (lock !== undefined) throw migrationUnderWay(lock);
    if (version < LATEST_VERSION)
      throw new StartError(
        `The database has schema version ${version}, this program needs ${LATEST_VERSION}: stop all instances, then run \`npm run db:migrate\`.`,
      );
  });
}

/** What a start says that finds the database locked. */
export function migrationUnderWay({ owner, leaseUntil }: LockRecord): StartError {
  return new StartError(
    `The database is being migrated by ${owner}: start again when that is done. If it was killed, run \`npm run db:migrate\` again (its lock lasts until ${leaseUntil.toISOString()}).`,
  );
}

/** Names this process to others that find its lock. */
export function ownerName(): string {
  return `process ${process.pid} on ${hostname()}`;
}

/** @throws StartError for a version that is not known here */
async function versionOf(db: mongo.Db): Promise<number> {
  const records = new SchemaRecords(db);
  const state = await records.read();
  if (state.kind === 'new') {
    await records.startAt(
      LATEST_VERSION,
      MIGRATIONS.flatMap(({ version, steps }) => steps.map(({ name }) => `${version} ${name}`)),
    );
    return LATEST_VERSION;
  }
  if (state.version > LATEST_VERSION)
    throw new StartError(
      `The database has schema version ${state.version}, this program knows only ${LATEST_VERSION}: use the program that migrated it, or a newer one.`,
    );
  return state.version;
}

async function orStartError(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof MigrationRefused || error instanceof MigrationFailed)
      throw new StartError(error.message, { cause: error });
    throw error;
  }
}
