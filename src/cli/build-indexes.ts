import { loadDatabaseConfig } from '../config/load-config.js';
import { readEnvironment } from '../config/read-environment.js';
import { describeStartError } from '../platform/lifecycle/start.error.js';
import { buildMissing } from '../persistence/indexes/build-missing.js';
import { expectedIndexes } from '../persistence/indexes/expected-indexes.js';
import { assertLatestSchema } from '../persistence/migrations/prepare-schema.js';
import { withRawDatabase } from '../persistence/migrations/raw-database.js';
import { openDatabase } from '../persistence/open-database.js';

/**
 * Builds every index that the stores need, one after the other, and says which. Indexes that exist are left as they are, but for those of versions before that
 * others have taken the place of; so it may run again at any time, while instances are serving too. Production runs it before a release, because instances don't build indexes there.
 */
async function buildIndexes(): Promise<void> {
  const database = await openDatabase(loadDatabaseConfig(readEnvironment()));
  try {
    // An index of this version can be impossible over the documents of an older one.
    await assertLatestSchema(database);
    await withRawDatabase(database.uri, async (db) => {
      await buildMissing(db);
      const collections = new Set(expectedIndexes().map(({ collection }) => collection));
      for (const collection of collections) {
        const names = (await db.collection(collection).listIndexes().toArray()).map(({ name }) =>
          String(name),
        );
        process.stdout.write(`${collection}: ${names.join(', ')}\n`);
      }
    });
  } finally {
    await database.close();
  }
}

buildIndexes().catch((error: unknown) => {
  process.stderr.write(`${describeStartError(error)}\n`);
  process.exitCode = 1;
});
