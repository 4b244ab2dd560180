import type { AppConfig } from '../../config/app-config.js';
import { StartError } from '../../platform/lifecycle/start.error.js';
import type { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { withRawDatabase } from '../migrations/raw-database.js';
import type { OpenDatabase } from '../open-database.js';
import { buildMissing } from './build-missing.js';
import { dropSuperseded } from './drop-superseded.js';
import {
  expectedIndexes,
  findMissing,
  isCriticallyMissing,
  titleOf,
  type MissingIndex,
} from './expected-indexes.js';
import { probeOperations } from './probe-operations.js';

/**
 * Makes sure that the database keeps what the product leaves to it, before anything is served: its indexes are there (built here, unless that is
 * the command's work), and those operations do what they must that are not the same everywhere.
 * @throws StartError that names what is missing and what to do
 */
export async function prepareIndexes(
  { uri, kind }: Pick<OpenDatabase, 'uri' | 'kind'>,
  { autoIndex }: Pick<AppConfig['database'], 'autoIndex'>,
  log: StructuredLog,
): Promise<void> {
  await withRawDatabase(uri, async (db) => {
    // First: on a server that does not keep unique indexes, all others are worth nothing.
    if (kind === 'external') await probeOperations(db);
    if (autoIndex) {
      await buildMissing(db);
      // In a database that nobody else can use; elsewhere an older version may still run, and it is the command's work.
      if (kind === 'embedded') await dropSuperseded(db);
      return;
    }
    const missing = await findMissing(db, expectedIndexes());
    const critical = missing.filter(isCriticallyMissing);
    if (critical.length > 0)
      throw new StartError(
        `The database lacks indexes that correctness rests on:\n${critical.map(lineOf).join('\n')}\nRun \`npm run db:indexes\`, then start again.`,
      );
    if (missing.length > 0)
      log.warn(
        { indexes: missing.map(({ index }) => titleOf(index)) },
        'the database lacks indexes that it is slow without, or keeps some documents for another time: run `npm run db:indexes`',
      );
  });
}

function lineOf({ index, state }: MissingIndex): string {
  const words =
    state === 'missing' ? 'missing' : 'there is one over the same fields with other rules; drop that one';
  return `  - ${titleOf(index)} (${words})`;
}
