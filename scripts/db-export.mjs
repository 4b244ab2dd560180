// Writes all collections of a database as Extended JSON lines: first each collection's indexes, then its documents.
// From the embedded database (it must not be running), or from a MongoDB: what the options say, else what the environment says.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { EJSON, deserialize } from 'bson';
import { commandOptions } from './command-options.mjs';
import { openSource } from './db-connection.mjs';
import { databaseIn, nameOf, targetOf } from './db-target.mjs';

const USAGE = `Writes all collections of a database, with their indexes, as Extended JSON lines.

  --out FILE        where to (standard output; with npm: npm run --silent db:export)
  --data-dir DIR    the data folder of the embedded database (DATA_DIR, ./data); stop its server first, or use db:backup
  --uri URI         a MongoDB (MONGODB_URI); only the database that it names, if it names one
`;
const values = commandOptions(USAGE, {
  uri: { type: 'string' },
  'data-dir': { type: 'string' },
  out: { type: 'string' },
});

const place = targetOf(values);
const only = databaseIn(place.uri);
const source = await openSource(place.uri, place.dataDir);
const out = values.out === undefined ? process.stdout : createWriteStream(values.out, { mode: 0o600 });
const write = async (line) => {
  if (!out.write(`${EJSON.stringify(line, { relaxed: false })}\n`)) await once(out, 'drain');
};
let documents = 0;
try {
  const { databases } = await source.client.db('admin').admin().listDatabases({ nameOnly: true });
  const isAsked = ({ name }) =>
    only === undefined ? !['admin', 'config', 'local'].includes(name) : name === only;
  for (const { name: database } of databases.filter(isAsked)) {
    const db = source.client.db(database);
    for (const { name: collection } of await db
      .listCollections({ type: 'collection' }, { nameOnly: true })
      .toArray()) {
      if (collection.startsWith('system.')) continue;
      const indexes = await db.collection(collection).listIndexes().toArray();
      await write({ database, collection, indexes: indexes.filter(({ name }) => name !== '_id_') });
      for await (const bytes of db.collection(collection).find({}, { raw: true })) {
        // Wrappers keep Int32, Long and Double apart, which plain numbers would not.
        const document = deserialize(bytes, { promoteValues: false, bsonRegExp: true });
        await write({ database, collection, document });
        documents++;
      }
    }
  }
  process.stderr.write(`${documents} documents exported from ${nameOf(place)}\n`);
} finally {
  if (out !== process.stdout) {
    out.end();
    await once(out, 'close');
  }
  await source.close();
}
