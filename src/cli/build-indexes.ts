import mongoose from 'mongoose';
import { loadDatabaseConfig } from '../config/load-config.js';
import { readEnvironment } from '../config/read-environment.js';
import { describeStartError } from '../platform/lifecycle/start-error.js';
import { connectionOptions } from '../persistence/connection-options.js';
import { MODELS } from '../persistence/models.js';
import { assertLatestSchema } from '../persistence/migrations/prepare-schema.js';
import { openDatabase } from '../persistence/open-database.js';

/**
 * Builds every index that the stores need, one collection after the other, and says which. Indexes that exist are left as they are, so it may
 * run again at any time, while instances are serving too. Production runs it before a release, because instances don't build indexes there.
 */
async function buildIndexes(): Promise<void> {
  const database = await openDatabase(loadDatabaseConfig(readEnvironment()));
  try {
    // An index of this version can be impossible over the documents of an older one.
    await assertLatestSchema(database);
    const connection = await mongoose
      .createConnection(database.uri, {
        ...connectionOptions(database.uri),
        autoIndex: false,
        autoCreate: false,
      })
      .asPromise();
    try {
      for (const { name, schema } of MODELS) {
        const model = connection.model(name, schema);
        await model.createCollection();
        await model.createIndexes();
        const names = Object.keys(await model.collection.indexInformation());
        process.stdout.write(`${model.collection.collectionName}: ${names.join(', ')}\n`);
      }
    } finally {
      await connection.close();
    }
  } finally {
    await database.close();
  }
}

buildIndexes().catch((error: unknown) => {
  process.stderr.write(`${describeStartError(error)}\n`);
  process.exitCode = 1;
});
