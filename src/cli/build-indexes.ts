import { parseArgs } from 'node:util';
import { loadDatabaseConfig } from '../config/load-config.js';
import { readEnvironment } from '../config/read-environment.js';
import { describeStartError, StartError } from '../platform/lifecycle/start.error.js';
import { buildMissing } from '../persistence/indexes/build-missing.js';
import { dropSuperseded, findSuperseded } from '../persistence/indexes/drop-superseded.js';
import { expectedIndexes } from '../persistence/indexes/expected-indexes.js';
import { assertLatestSchema } from '../persistence/migrations/prepare-schema.js';
import { withRawDatabase } from '../persistence/migrations/raw-database.js';
import { openDatabase } from '../persistence/open-database.js';

/**
 * Builds every index that the stores need, one after the other, and says which. Indexes that exist are left as they are, so it may run again at
 * any time, while instances are serving too. Production runs it before a release, because instances don't build indexes there.
 * With `--drop-superseded` it drops those of versions before whose place others have taken: for when no instance of such a version runs any more.
 */
async function buildIndexes(): Promise<void> {
  const { isDropping } = readArguments();
  const database = await openDatabase(loadDatabaseConfig(readEnvironment()));
  try {
    // An index of this version can be impossible over the documents of an older one.
    await assertLatestSchema(database);
    await withRawDatabase(database.uri, async (db) => {
      await buildMissing(db);
      if (isDropping) await dropSuperseded(db);
      const collections = new Set(expectedIndexes().map(({ collection }) => collection));
      for (const collection of collections) {
        const names = (await db.collection(collection).listIndexes().toArray()).map(({ name }) =>
          String(name),
        );
        process.stdout.write(`${collection}: ${names.join(', ')}\n`);
      }
      const superseded = await findSuperseded(db);
      if (superseded.length > 0)
        process.stdout.write(
          `No longer needed: ${superseded.join(', ')}. When no instance of an older version runs: npm run db:indexes -- --drop-superseded\n`,
        );
    });
  } finally {
    await database.close();
  }
}

/** @throws StartError for what it does not know */
function readArguments(): { readonly isDropping: boolean } {
  try {
    const { values } = parseArgs({ options: { 'drop-superseded': { type: 'boolean' } } });
    return { isDropping: values['drop-superseded'] === true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`${reason}\nnpm run db:indexes -- [--drop-superseded]`, { cause: error });
  }
}

buildIndexes().catch((error: unknown) => {
  process.stderr.write(`${describeStartError(error)}\n`);
  process.exitCode = 1;
});
