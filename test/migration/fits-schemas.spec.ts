import mongoose from 'mongoose';
import { dropSuperseded } from '../../src/persistence/indexes/drop-superseded.js';
import { MODELS } from '../../src/persistence/models.js';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { DATABASE, TestDatabase, type Fixture } from './old-database.js';

const settings = { issuer: 'https://id.example', stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 };

describe.each<Fixture>(['own-accounts', 'external-issuer', 'regenerated'])('%s, migrated', (fixture) => {
  let database: TestDatabase;
  let connection: mongoose.Connection;

  beforeAll(async () => {
    database = await TestDatabase.of(fixture);
    await runMigrations(database.db, 'test', { settings, alone: true, say: () => undefined });
    connection = await mongoose
      .createConnection(database.uri, { dbName: DATABASE, autoIndex: false, autoCreate: false })
      .asPromise();
  });
  afterAll(async () => {
    await connection.close();
    await database.remove();
  });

  const models = () => MODELS.map(({ name, schema }) => connection.model(name, schema));

  it('has documents as the schemas want them, with no field that they do not know', async () => {
    const wrong: unknown[] = [];
    for (const model of models()) {
      model.schema.set('strict', 'throw');
      for (const record of await database.all(model.collection.collectionName)) {
        try {
          await new model(record).validate();
        } catch (error) {
          wrong.push([model.modelName, record._id, error]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no collection that no model has', async () => {
    const known = [
      ...models().map((model) => model.collection.collectionName),
      'schema_migrations',
      'instances',
    ];
    const found = await database.db.listCollections({}, { nameOnly: true }).toArray();
    expect(found.map(({ name }) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('lets every index be built, and has none besides that the start does not drop', async () => {
    await dropSuperseded(database.db);
    for (const model of models()) {
      await model.createCollection();
      await model.createIndexes();
      expect([model.modelName, (await model.diffIndexes()).toDrop]).toEqual([model.modelName, []]);
    }
  });
});
