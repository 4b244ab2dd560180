// Reads what db-export wrote into the embedded database, or into a MongoDB: what the options say, else what the environment says.
// Documents that are there already stay as they are, so that an import can be repeated.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { EJSON } from 'bson';
import { commandOptions } from './command-options.mjs';
import { openSource } from './db-connection.mjs';
import { databaseIn, nameOf, targetOf } from './db-target.mjs';

const BATCH = 1000;
const USAGE = `Reads what db:export wrote into a database. Documents that are there already stay as they are.

  --from FILE       what to read (standard input)
  --data-dir DIR    the data folder of the embedded database (DATA_DIR, ./data); stop its server first
  --uri URI         a MongoDB (MONGODB_URI); into the database that it names, if it names one
`;
const values = commandOptions(USAGE, {
  uri: { type: 'string' },
  'data-dir': { type: 'string' },
  from: { type: 'string' },
});

const place = targetOf(values);
const named = databaseIn(place.uri);
const target = await openSource(place.uri, place.dataDir);
const input = values.from === undefined ? process.stdin : createReadStream(values.from);
let batch = [];
let collection;
let exported;
const counts = { inserted: 0, present: 0 };

/** What a server adds to an index by itself and refuses, or rewrites, when it is given. */
const withoutServerFields = (index) =>
  Object.fromEntries(Object.entries(index).filter(([name]) => name !== 'v' && name !== 'ns'));

const flush = async () => {
  if (batch.length === 0) return;
  try {
    counts.inserted += (await collection.insertMany(batch, { ordered: false })).insertedCount;
  } catch (error) {
    const failures = [error.writeErrors ?? []].flat();
    if (
      failures.length === 0 ||
      failures.some(({ code, err }) => code !== 11000 || !/index: _id_/.test(err?.errmsg ?? ''))
    )
      throw error;
    counts.inserted += error.result?.insertedCount ?? batch.length - failures.length;
    counts.present += failures.length;
  }
  batch = [];
};

try {
  for await (const text of createInterface({ input })) {
    if (text.trim() === '') continue;
    const line = EJSON.parse(text, { relaxed: false });
    if (line.indexes) {
      await flush();
      const first = (exported ??= line.database);
      if (named !== undefined && line.database !== first)
        throw new Error(
          `What was exported are several databases (${first}, ${line.database}): give a URI that names none.`,
        );
      collection = target.client.db(named ?? line.database).collection(line.collection);
      if (line.indexes.length > 0) await collection.createIndexes(line.indexes.map(withoutServerFields));
    } else {
      batch.push(line.document);
      if (batch.length === BATCH) await flush();
    }
  }
  await flush();
  process.stderr.write(
    `${counts.inserted} documents imported, ${counts.present} were there already, in ${nameOf(place)}\n`,
  );
} finally {
  await target.close();
}
