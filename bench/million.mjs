// `npm run bench:million`: what a million stored messages make of each request: its time beside that with ten thousand, every command that it sends to the
// database, the index that each goes by, and how many documents it looks at.
// Options: --messages 10000,1000000, --times 200, --write; --keep FOLDER, in which what was stored stays for later runs (--fill: it is only stored);
// --without WORD leaves out what has it in its name. A million takes twenty minutes and more to be stored.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { getConnectionToken } from '@nestjs/mongoose';
import { LedgerCheck } from '../dist/accounting/ledger/ledger-check.service.js';
import { startTollgate } from '../dist/bootstrap.js';
import { TERMS_VERSION } from '../dist/chat/search/terms.js';
import { HistoryStore } from '../dist/chat/records/history.store.port.js';
import { loadConfig } from '../dist/config/load-config.js';
import { findCursors } from './growth/queries.mjs';
import { serveDatabase, withDatabase } from './lib/database.mjs';
import { startProcess } from './lib/process.mjs';
import { progress } from './lib/progress.mjs';
import { conditions, writeReport } from './lib/report.mjs';
import { seedEpochMs, seedMessages } from './lib/seed.mjs';
import { settled } from './lib/settle.mjs';
import { percentile } from './lib/stats.mjs';
import { answerOf, besides } from './million/besides.mjs';
import { explain, lookUpsOf, piecesOf, shapeOf, watchCommands } from './million/commands.mjs';
import { assertFits } from './million/fits-schemas.mjs';
import { meanwhile } from './million/meanwhile.mjs';
import { requestsOf, WORKLOAD } from './million/requests.mjs';
import { sectionsOf } from './million/sections.mjs';
import { newDataDir, provision, startProduct } from './tollgate-target.mjs';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '10000,1000000' },
    times: { type: 'string', default: '200' },
    write: { type: 'boolean', default: false },
    keep: { type: 'string' },
    fill: { type: 'boolean', default: false },
    without: { type: 'string' },
  },
});
/** Requests that are left out, by a word of their names. */
const isAsked = (name) => options.without === undefined || !name.includes(options.without);
const COUNTS = options.messages.split(',').map(Number);
const TIMES = Number(options.times);
const WARM_TIMES = 10;
const VERIFIED_WITHIN_MS = 120_000;
/** A request that takes long is not asked so often. */
const LONGEST_MS = 6000;
const LEAST_TIMES = 3;
/** What belongs to a request comes each time that it is asked for; what the instance does beside it does not. */
const LOOKS = 4;
const SEEDED = ['chat_messages', 'chat_sessions', 'turns', 'search_entries', 'credit_transactions'];
const SECRET = 'a secret that holds over restarts of a bench';
/** The first user has most sessions of all. */
const SESSIONS_PER_USER = '1000000';

const run = conditions();
const folder = options.keep ?? (await newDataDir());
const upstream = await startProcess('bench/upstream.mjs');
/** By request: the times, and what each look-up looked at, in the order of COUNTS. */
const times = new Map();
const lookUps = new Map();
/** What a whole request looks at. */
const looks = new Map();
/** By what is long: how long it takes, and what others wait for. */
const waits = new Map();
const sizes = [];
try {
  const world = await keptOr(join(folder, 'world.json'), prepare);
  let from = 0;
  for (const total of COUNTS) {
    const places = await keptOr(join(folder, `${total}.json`), () => fill(world, from, total));
    sizes.push({ total, ...places });
    from = total;
    if (options.fill) continue;
    await measure(total, places, world.token);
    await report();
  }
} finally {
  await upstream.stop();
  if (options.keep === undefined) await rm(folder, { recursive: true, force: true });
}
process.exit();

/** What an earlier run has left in a file, else what is made now. */
async function keptOr(file, make) {
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return JSON.parse(kept);
  const made = await make();
  await writeFile(file, JSON.stringify(made));
  return made;
}

/** Stores messages behind those that are there. @returns the places that requests ask for */
async function fill({ userIds, epochMs }, from, total) {
  const startedAt = performance.now();
  await rm(dataDirOf(total), { recursive: true, force: true });
  await cp(dataDirOf(from), dataDirOf(total), { recursive: true });
  const places = await withDatabase(dataDirOf(total), async (db) => {
    const accounts = new Map();
    for await (const { _id, accountId } of db.collection('users').find()) accounts.set(_id, accountId);
    const accountOf = (userId) => accounts.get(userId);
    const seeded = await seedMessages(db, { userIds, from, total, epochMs, accountOf, answerOf, besides });
    await charge(db);
    const [userId] = userIds;
    const sessions = await db.collection('chat_sessions').countDocuments({ userId });
    const cursors = await findCursors(db, userId, seeded);
    return { ...seeded, userId, turns: total / 2, cursors, sessions };
  });
  progress(`${total} messages after ${Math.round((performance.now() - startedAt) / 1000)} s`);
  return places;
}

/** What is known so far: a run that is cut off has not been for nothing. */
async function report() {
  const sections = sectionsOf({ counts: COUNTS, asked: TIMES, times, waits, looks, lookUps, sizes });
  for (const { title, table } of sections) process.stdout.write(`\n${title}\n\n${table}`);
  if (!options.write) return;
  await writeReport({
    name: 'million',
    title: `Requests among ${sizes.at(-1).total.toLocaleString('en')} messages, Node ${run.major}`,
    command: 'npm run bench:million -- --write',
    intro: options.without === undefined ? [] : [`Without what has \`${options.without}\` in its name.`],
    run,
    sections,
  });
}

/** Takes from the accounts what the ledger says, as settling the turns would have: nobody had a turn before. */
async function charge(db) {
  const rows = db.collection('credit_transactions');
  for await (const { _id: accountId } of db.collection('credit_accounts').find()) {
    const sums = { grant: 0, capture: 0 };
    const ofAccount = { accountId, kind: { $in: Object.keys(sums) } };
    for await (const { kind, amount } of rows.find(ofAccount)) sums[kind] += amount;
    const available = sums.grant - sums.capture;
    await db.collection('credit_accounts').updateOne({ _id: accountId }, { $set: { available } });
  }
}

/** Each number of messages has its own. */
function dataDirOf(count) {
  return join(folder, String(count));
}

/** Lets the product make its indexes and users. */
async function prepare() {
  await mkdir(dataDirOf(0), { recursive: true });
  const server = await startProduct(upstream.url, dataDirOf(0), { env: { JWT_SECRET: SECRET } });
  const { tokens, userIds } = await provision(server.url, [WORKLOAD]);
  await server.stop();
  return { userIds, token: tokens[0], epochMs: seedEpochMs() };
}

/** Otherwise the product would look, beside what is measured, whether all of this can be found. */
async function knowAllFound(db) {
  const [last] = await db
    .collection('chat_messages')
    .find({ role: 'assistant' })
    .sort({ _id: -1 })
    .limit(1)
    .toArray();
  const state = {
    tenantId: 'default',
    owner: 'bench',
    leaseUntil: new Date(0),
    upTo: last._id,
    terms: TERMS_VERSION,
  };
  await db.collection('search_state').updateOne({ _id: 'catch-up' }, { $set: state }, { upsert: true });
}

async function measure(total, places, token) {
  const dataDir = dataDirOf(total);
  await withDatabase(dataDir, knowAllFound);
  const database = await serveDatabase(dataDir);
  // It verifies a large file beside its work after each start; that is over soon and no request's cost.
  await settled(database.cpuMicros, { longestMs: VERIFIED_WITHIN_MS });
  const config = loadConfig({
    ...{
      PORT: '0',
      DATA_DIR: dataDir,
      MONGODB_URI: `${database.uri}?monitorCommands=true`,
      JWT_SECRET: SECRET,
    },
    ...{ FLOWISE_API_URL: upstream.url, LOG_LEVEL: 'error', SESSIONS_PER_USER },
    // It sums all rows of the ledger beside what is measured.
    LEDGER_CHECK_INTERVAL_S: '0',
    ...{ TURNS_PER_MINUTE: '1000000', CONCURRENT_TURNS: '100000', ACCESS_TOKEN_TTL_S: '86400' },
  });
  const product = await startTollgate(config);
  try {
    const connection = product.app.get(getConnectionToken(), { strict: false });
    await assertFits(connection, SEEDED);
    const watch = watchCommands(connection.getClient());
    const history = product.app.get(HistoryStore, { strict: false });
    const requests = requestsOf(product.url, token, { ...places, history });
    for (const [name, request] of Object.entries(requests)) {
      if (!isAsked(name)) continue;
      await repeat(request, WARM_TIMES);
      const { shapes, all, pieces, results } = await lookUpsIn(request, watch);
      let documents = 0;
      let most = 0;
      for (const lookUp of all) {
        const looked = (await explain(connection.db, lookUp)).documents;
        documents += looked;
        most = Math.max(most, looked);
      }
      documents += pieces * most;
      looks.set(name, [...(looks.get(name) ?? []), { commands: all.length + pieces, documents, results }]);
      progress(
        `${total}, ${name}: ${all.length + pieces} commands, ${documents} documents, ${results} results`,
      );
      for (const [shape, lookUp] of shapes) {
        const known = lookUps.get(`${name}|${shape}`) ?? { name, shape, of: new Map() };
        known.of.set(total, await explain(connection.db, lookUp));
        lookUps.set(`${name}|${shape}`, known);
      }
      const values = await repeat(request, TIMES);
      times.set(name, [...(times.get(name) ?? []), values]);
      progress(
        `${total}, ${name}: p50 ${percentile(values, 0.5).toFixed(2)}, p99 ${percentile(values, 0.99).toFixed(2)} ms`,
      );
    }
    await report();
    const check = product.app.get(LedgerCheck, { strict: false });
    for (const [name, long] of Object.entries({
      'nothing, for three seconds': () => delay(3000),
      'usage of 30 days, by chatflow': requests['usage of 30 days, by chatflow'],
      'the check of the ledger': () => check.look(),
    })) {
      if (!isAsked(name)) continue;
      const { longMs, times: waited } = await meanwhile(long, requests.balance);
      waits.set(name, [...(waits.get(name) ?? []), { longMs, waited }]);
      progress(
        `${total}, beside ${name} (${Math.round(longMs)} ms): p99 ${percentile(waited, 0.99).toFixed(2)} ms`,
      );
    }
  } finally {
    await product.close();
    await database.stop();
  }
}

/** The look-ups of a request by their shapes, of several of one shape the last; and all of the last time that it was asked, with how many results it had. */
async function lookUpsIn(request, watch) {
  const counts = new Map();
  const last = new Map();
  let all = [];
  let pieces = 0;
  let results = 0;
  for (let look = 0; look < LOOKS; look++) {
    watch.take();
    results = await request();
    const commands = watch.take();
    all = commands.flatMap(lookUpsOf);
    pieces = piecesOf(commands);
    const found = new Map(all.map((lookUp) => [shapeOf(lookUp), lookUp]));
    for (const [shape, lookUp] of found) {
      counts.set(shape, (counts.get(shape) ?? 0) + 1);
      last.set(shape, lookUp);
    }
  }
  const isOfIt = (shape) => counts.get(shape) === LOOKS;
  return {
    shapes: [...last].filter(([shape]) => isOfIt(shape)),
    all: all.filter((lookUp) => isOfIt(shapeOf(lookUp))),
    pieces,
    results,
  };
}

async function repeat(request, count) {
  const values = [];
  const until = performance.now() + LONGEST_MS;
  for (let time = 0; time < count && (time < LEAST_TIMES || performance.now() < until); time++) {
    const startedAt = performance.now();
    await request();
    values.push(performance.now() - startedAt);
  }
  return values;
}
