import type { Language } from '../../../packages/embedded-mongo/test/support/language.js';

/** Those who ask for something and are no files of ours. */
export const DRIVER = 'the driver, by itself';
export const SHELL = 'a shell that looks at the data of `npm run db`';

const STORES = 'src/persistence/';
const ACCOUNT = `${STORES}accounting/mongoose-credit-account.store.ts`;
const ACCOUNT_UPDATES = `${STORES}accounting/credit-account-updates.ts`;
const LEDGER = `${STORES}accounting/mongoose-credit-transaction.store.ts`;
const TURNS = `${STORES}chat/mongoose-turn.store.ts`;
const OPENINGS = `${STORES}chat/turn-opening-writes.ts`;
const HISTORY = `${STORES}chat/mongoose-history.store.ts`;
const DIRECT = `${STORES}ordered-writes/direct-ordered-writer.service.ts`;
const KEYS = `${STORES}auth/mongoose-api-key.store.ts`;
const INDEXES = `${STORES}indexes/expected-indexes.ts`;
const PROBES = `${STORES}indexes/probe-operations.ts`;
const EXPORT = 'scripts/db-export.mjs';
const PIECES = `${STORES}in-pieces.ts`;

/**
 * Everything that is asked of the embedded database, and by whom: a file that says the name, or one of the words above. The database understands
 * exactly this, and the commands that the contract suites send are made of nothing else (`database-language.spec.ts`, `listed-commands.ts`).
 */
export const ASKED: Readonly<Record<keyof Language, Readonly<Record<string, string>>>> = {
  command: {
    hello: DRIVER,
    ismaster: DRIVER,
    endSessions: DRIVER,
    getMore: DRIVER,
    killCursors: DRIVER,
    ping: SHELL,
    fsync: `${STORES}erasure/embedded-database-log.service.ts`,
    buildInfo: `${STORES}erasure/embedded-database-log.service.ts`,
    find: TURNS,
    explain: 'bench/growth/queries.mjs',
    aggregate: DRIVER,
    insert: OPENINGS,
    update: TURNS,
    delete: OPENINGS,
    findAndModify: PROBES,
    bulkWrite: DIRECT,
    create: DRIVER,
    createIndexes: 'scripts/db-import.mjs',
    dropIndexes: 'src/persistence/migrations/v1/drop-index.ts',
    listIndexes: EXPORT,
    listCollections: EXPORT,
    listDatabases: EXPORT,
    drop: 'src/persistence/migrations/v1/conversations.step.ts',
  },
  option: {
    $db: DRIVER,
    lsid: DRIVER,
    $readPreference: SHELL,
    writeConcern: PROBES,
    'hello.helloOk': DRIVER,
    'hello.client': DRIVER,
    'hello.compression': DRIVER,
    'hello.backpressure': DRIVER,
    'ismaster.helloOk': DRIVER,
    'ismaster.client': DRIVER,
    'ismaster.compression': DRIVER,
    'ismaster.backpressure': DRIVER,
    'getMore.collection': DRIVER,
    'getMore.batchSize': DRIVER,
    'killCursors.cursors': DRIVER,
    'find.filter': DRIVER,
    'find.sort': TURNS,
    'find.projection': TURNS,
    'find.limit': TURNS,
    'find.singleBatch': DRIVER,
    'find.batchSize': PIECES,
    'explain.verbosity': DRIVER,
    'aggregate.pipeline': DRIVER,
    'aggregate.cursor': DRIVER,
    'insert.documents': DRIVER,
    'insert.ordered': DRIVER,
    'update.updates': DRIVER,
    'update.ordered': DRIVER,
    'update.updates.q': DRIVER,
    'update.updates.u': DRIVER,
    'update.updates.multi': DRIVER,
    'update.updates.upsert': ACCOUNT,
    'delete.deletes': DRIVER,
    'delete.ordered': DRIVER,
    'delete.deletes.q': DRIVER,
    'delete.deletes.limit': DRIVER,
    'findAndModify.query': DRIVER,
    'findAndModify.update': DRIVER,
    'findAndModify.remove': DRIVER,
    'findAndModify.new': DRIVER,
    'findAndModify.upsert': PROBES,
    'bulkWrite.ops': DIRECT,
    'bulkWrite.nsInfo': DIRECT,
    'bulkWrite.ordered': DIRECT,
    'bulkWrite.errorsOnly': DIRECT,
    'bulkWrite.bypassDocumentValidation': DRIVER,
    'createIndexes.indexes': DRIVER,
    'dropIndexes.index': DRIVER,
    'listIndexes.cursor': DRIVER,
    'listCollections.filter': DRIVER,
    'listCollections.nameOnly': EXPORT,
    'listCollections.authorizedCollections': DRIVER,
    'listCollections.cursor': DRIVER,
    'listDatabases.nameOnly': EXPORT,
  },
  'query operator': {
    $ne: ACCOUNT,
    $gt: ACCOUNT,
    $gte: ACCOUNT,
    $lt: ACCOUNT,
    $lte: LEDGER,
    $in: LEDGER,
    $exists: TURNS,
    $not: KEYS,
    $elemMatch: ACCOUNT_UPDATES,
    $or: HISTORY,
  },
  'update operator': {
    $set: TURNS,
    $setOnInsert: ACCOUNT,
    $unset: TURNS,
    $inc: ACCOUNT,
    $max: TURNS,
    $push: ACCOUNT,
    $pull: ACCOUNT,
  },
  stage: { $match: DRIVER, $limit: DRIVER, $group: DRIVER },
  accumulator: { $sum: DRIVER },
  expression: {},
  'projection operator': {},
  'index option': {
    v: DRIVER,
    key: DRIVER,
    name: DRIVER,
    unique: INDEXES,
    sparse: INDEXES,
    partialFilterExpression: INDEXES,
    expireAfterSeconds: INDEXES,
  },
};
