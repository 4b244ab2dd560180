import { parseArgs } from 'node:util';
import { loadMigrationConfig } from '../config/load-config.js';
import { readEnvironment } from '../config/read-environment.js';
import { describeStartError, StartError } from '../platform/lifecycle/start.error.js';
import {
  MigrationFailed,
  MigrationRefused,
  type MigrationSettings,
} from '../persistence/migrations/migration.js';
import { ownerName } from '../persistence/migrations/prepare-schema.js';
import { withRawDatabase } from '../persistence/migrations/raw-database.js';
import { planMigrations, runMigrations } from '../persistence/migrations/run-migrations.js';
import { openDatabase } from '../persistence/open-database.js';

const DAY_MS = 24 * 3600 * 1000;

const USAGE = `npm run db:migrate -- [--dry-run] [--issuer <issuer>] [--turn-retention-days <days>]

Brings the database of DATA_DIR or MONGODB_URI to the version that this program needs. docs/operating/migrating.md
  --dry-run               says what would be done, and changes nothing
  --issuer                the external issuer whose users are in the database; JWT_ISSUER unless given
  --turn-retention-days   how long the records of turns that have ended are kept from now on; TURN_RETENTION_DAYS unless given
`;

/** The command: migrates, or says what it would do, one line after the other. */
async function migrate(): Promise<void> {
  const { values } = readArguments();
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  const config = loadMigrationConfig(readEnvironment());
  const settings: MigrationSettings = {
    issuer: values.issuer ?? config.issuer,
    stormUrl: config.stormUrl,
    turnRetentionMs: retentionOf(values['turn-retention-days']) ?? config.turnRetentionMs,
  };
  const database = await openDatabase(config.database).catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    await withRawDatabase(database.uri, async (db) => {
      if (values['dry-run'] === true) await planMigrations(db, { settings, say });
      else await runMigrations(db, ownerName(), { settings, alone: database.kind === 'embedded', say });
    });
  } finally {
    await database.close();
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        'dry-run': { type: 'boolean' },
        issuer: { type: 'string' },
        'turn-retention-days': { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function retentionOf(days: string | undefined): number | undefined {
  if (days === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(days)) return Number(days) * DAY_MS;
  throw new StartError('--turn-retention-days must be a whole number of days, at least 1.');
}

migrate().catch((error: unknown) => {
  const isTold = error instanceof MigrationRefused || error instanceof MigrationFailed;
  process.stderr.write(`${isTold ? error.message : describeStartError(error)}\n`);
  process.exitCode = 1;
});
