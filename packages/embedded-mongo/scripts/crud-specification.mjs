// Runs MongoDB's CRUD specification tests (github.com/mongodb/specifications, source/crud/tests/unified) on an embedded database, through the
// driver: `node packages/embedded-mongo/scripts/crud-specification.mjs FOLDER`, after a build. A test passes, is refused by name (code 115), is of
// something that no client of this database can meet (skipped, with the reason), or is wrong: then the exit code is 1.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { startEmbeddedDatabase } from '../dist/index.js';

const NOT_SUPPORTED = 115;
const SERVER = '8.0.0';
const [folder, only = ''] = process.argv.slice(2);
if (folder === undefined) throw new TypeError('Where are the tests? Give their folder.');

const numbers = (version) => version.split('.').map(Number);
const isBelow = (a, b) => {
  const [left, right] = [numbers(a), numbers(b)];
  for (const [at, part] of right.entries()) if ((left[at] ?? 0) !== part) return (left[at] ?? 0) < part;
  return false;
};

/** The driver gives a document whose id is null a new one. */
const OF_THE_DRIVER = 'create-null-ids.json';

/** Why the tests of a file, or one of them, are not for a server like this; undefined when they are. */
function reasonToSkip({ runOnRequirements, skipReason }) {
  if (skipReason !== undefined) return skipReason;
  const fits = ({
    minServerVersion = '0',
    maxServerVersion = '99',
    topologies = ['single'],
    serverParameters,
    csfle,
  }) =>
    !isBelow(SERVER, minServerVersion) &&
    !isBelow(maxServerVersion, SERVER) &&
    topologies.includes('single') &&
    serverParameters === undefined &&
    csfle === undefined;
  return (runOnRequirements ?? [{}]).some(fits) ? undefined : 'for other servers';
}

/** Whether a value is what the specification expects. @param loosely whether documents may have more fields: the driver's results do */
function isMatch(expected, actual, loosely = false) {
  if (expected !== null && typeof expected === 'object' && !Array.isArray(expected)) {
    const [[name, operand] = []] = Object.entries(expected);
    if (name === '$$unsetOrMatches')
      return actual === undefined || actual === null || isMatch(operand, actual, loosely);
    if (name === '$$exists') return operand === (actual !== undefined);
    if (name === '$$type') return actual !== undefined;
    if (name === '$$matchesEntity' || name === '$$sessionLsid') return true;
    if (expected.constructor !== Object) return isDeepStrictEqual(String(expected), String(actual));
    if (actual === null || typeof actual !== 'object') return false;
    const entries =
      actual instanceof Map
        ? Object.fromEntries([...actual].map(([key, value]) => [String(key), value]))
        : actual;
    const keys = new Set([...Object.keys(expected), ...(loosely ? [] : Object.keys(entries))]);
    return [...keys].every((key) =>
      key in expected ? isMatch(expected[key], entries[key], loosely) : entries[key] === undefined,
    );
  }
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((element, at) => isMatch(element, actual[at], loosely))
    );
  if (typeof expected === 'number') return actual !== null && Number(actual) === expected;
  return isDeepStrictEqual(expected, actual);
}

async function run(entities, { object, name, arguments: given = {} }) {
  const target = entities.get(object);
  const { filter = {}, ...rest } = given;
  const take = (...names) => {
    const picked = names.map((each) => rest[each]);
    for (const each of names) delete rest[each];
    return picked;
  };
  switch (name) {
    case 'find':
      return target.find(filter, rest).toArray();
    case 'findOne':
      return target.findOne(filter, rest);
    case 'aggregate': {
      const [pipeline] = take('pipeline');
      return target.aggregate(pipeline, rest).toArray();
    }
    case 'countDocuments':
    case 'count':
      return target[name === 'count' ? 'count' : 'countDocuments'](filter, rest);
    case 'estimatedDocumentCount':
      return target.estimatedDocumentCount(rest);
    case 'distinct': {
      const [field] = take('fieldName');
      return target.distinct(field, filter, rest);
    }
    case 'insertOne': {
      const [document] = take('document');
      return target.insertOne(document, rest);
    }
    case 'insertMany': {
      const [documents] = take('documents');
      return target.insertMany(documents, rest);
    }
    case 'updateOne':
    case 'updateMany':
    case 'findOneAndUpdate': {
      const [update] = take('update');
      return target[name](filter, update, options(rest));
    }
    case 'replaceOne':
    case 'findOneAndReplace': {
      const [replacement] = take('replacement');
      return target[name](filter, replacement, options(rest));
    }
    case 'deleteOne':
    case 'deleteMany':
    case 'findOneAndDelete':
      return target[name](filter, rest);
    case 'bulkWrite': {
      const [requests] = take('requests');
      return target.bulkWrite(requests, rest);
    }
    case 'clientBulkWrite': {
      const [models] = take('models');
      const flat = models.map((model) => {
        const [[kind, fields]] = Object.entries(model);
        return { ...fields, name: kind };
      });
      return target.bulkWrite(flat, rest);
    }
    case 'createFindCursor':
      return target.find(filter, rest);
    case 'modifyCollection':
      return target.command({ collMod: rest.collection, ...rest });
    default:
      throw Object.assign(new Error(`the operation ${name}`), { code: 'unknown' });
  }
}

const options = ({ returnDocument, ...rest }) => ({
  ...rest,
  ...(returnDocument && { returnDocument: returnDocument.toLowerCase() }),
});

const codeOf = (error) => error?.code ?? error?.result?.code ?? error?.cause?.code;
/** What the server does not support, in its words. */
const namedIn = (error) =>
  /does not support (.*?)\. Set/.exec(`${error.message} ${error.cause?.message}`)?.[1] ?? error.message;
const isRefusedByName = (error) =>
  codeOf(error) === NOT_SUPPORTED ||
  /embedded database does not support/.test(`${error?.message} ${error?.cause?.message}`);

/** @returns the verdict and, of a wrong one, what is wrong */
async function judge(uri, file, test) {
  const entities = new Map();
  const clients = [];
  try {
    for (const entity of EJSON.deserialize(file.createEntities, { relaxed: true })) {
      const [[kind, { id, ...more }]] = Object.entries(entity);
      if (kind === 'client') {
        const client = new mongoose.mongo.MongoClient(uri, {
          ...(more.uriOptions ?? {}),
          ...(more.serverApi && { serverApi: more.serverApi }),
        });
        clients.push(client);
        entities.set(id, client);
      } else if (kind === 'database')
        entities.set(id, entities.get(more.client).db(more.databaseName, more.databaseOptions));
      else if (kind === 'collection')
        entities.set(id, entities.get(more.database).collection(more.collectionName, more.collectionOptions));
      else return { verdict: 'skipped', detail: `the entity ${kind}` };
    }
    const plain = new mongoose.mongo.MongoClient(uri);
    clients.push(plain);
    for (const { databaseName, collectionName, documents } of file.initialData ?? []) {
      const collection = plain.db(databaseName).collection(collectionName);
      await collection.drop();
      if (documents.length > 0) await collection.insertMany(EJSON.deserialize(documents, { relaxed: true }));
    }
    for (const operation of EJSON.deserialize(test.operations, { relaxed: true })) {
      const { expectResult, expectError } = operation;
      let result;
      let error;
      try {
        result = await run(entities, operation);
      } catch (thrown) {
        error = thrown;
      }
      if (error?.code === 'unknown') return { verdict: 'skipped', detail: error.message };
      if (error !== undefined && isRefusedByName(error))
        return { verdict: 'refused', detail: namedIn(error) };
      if (error !== undefined && expectError === undefined)
        return { verdict: 'wrong', detail: error.message };
      else if (error === undefined && expectError !== undefined)
        return { verdict: 'wrong', detail: `no error of ${operation.name}` };
      else if (
        error !== undefined &&
        expectError.errorCode !== undefined &&
        codeOf(error) !== expectError.errorCode
      )
        return { verdict: 'wrong', detail: `code ${codeOf(error)} for ${expectError.errorCode}` };
      else if (error === undefined && expectResult !== undefined && !isMatch(expectResult, result, true))
        return { verdict: 'wrong', detail: `${JSON.stringify(result)} for ${JSON.stringify(expectResult)}` };
    }
    for (const { databaseName, collectionName, documents } of test.outcome ?? []) {
      const found = await plain
        .db(databaseName)
        .collection(collectionName)
        .find({})
        .sort({ _id: 1 })
        .toArray();
      if (!isMatch(EJSON.deserialize(documents, { relaxed: true }), found))
        return { verdict: 'wrong', detail: `left ${JSON.stringify(found)} for ${JSON.stringify(documents)}` };
    }
    return { verdict: 'passed' };
  } catch (error) {
    return isRefusedByName(error)
      ? { verdict: 'refused', detail: namedIn(error) }
      : { verdict: 'wrong', detail: error.stack };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'crud-specification-'));
const database = await startEmbeddedDatabase({ dataDir });
const counts = { passed: 0, refused: 0, skipped: 0, wrong: 0 };
const reasons = new Map();
for (const name of readdirSync(folder)
  .filter((each) => each.endsWith('.json') && each.includes(only))
  .sort()) {
  const file = JSON.parse(readFileSync(join(folder, name), 'utf8'));
  for (const test of file.tests) {
    const skip =
      (name === OF_THE_DRIVER ? 'the driver does it otherwise' : undefined) ??
      reasonToSkip(file) ??
      reasonToSkip(test);
    const { verdict, detail } =
      skip === undefined ? await judge(database.uri, file, test) : { verdict: 'skipped', detail: skip };
    counts[verdict]++;
    if (verdict === 'wrong') process.stdout.write(`WRONG ${name}: ${test.description}: ${detail}\n`);
    if (verdict === 'refused') {
      reasons.set(detail, (reasons.get(detail) ?? 0) + 1);
    }
  }
}
for (const [what, count] of [...reasons].sort()) process.stdout.write(`refused ${count} × ${what}\n`);
process.stdout.write(`${JSON.stringify(counts)}\n`);
await database.close();
rmSync(dataDir, { recursive: true, force: true });
process.exitCode = counts.wrong > 0 ? 1 : 0;
