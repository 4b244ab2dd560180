// What being found costs: `npm run bench:search -- --entries 50000`. Fills the index of one user among others with words as texts have them, and prints what
// a turn costs in CPU and on disk, and what a search looks at. Texts are made of the words of this repository's documents.
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import mongoose from 'mongoose';
import { startEmbeddedDatabase } from '@tollgate/embedded-mongo';
import { excerptOf, hitsIn } from '../dist/chat/search/excerpt.js';
import { parseQuery } from '../dist/chat/search/search-query.js';
import { termsOf } from '../dist/chat/search/terms.js';
import { newId } from '../dist/platform/ids.js';
import { percentile } from './lib/stats.mjs';
import { toTable } from './lib/report.mjs';

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '20000' }, characters: { type: 'string', default: '1500' } },
});
const ENTRIES = Number(values.entries);
const CHARACTERS = Number(values.characters);
const USERS = 10;
const PER_INSERT = 5;
const SEARCHES = 200;
const INDEXES = [
  { key: { userId: 1, terms: 1, order: -1 }, name: 'by_term' },
  { key: { userId: 1, sessionId: 1 }, name: 'by_user_session' },
];

const docs = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8'))
    .join('\n');
const source = docs('docs');
let place = 0;
/** The next piece of the documents, with words of its own now and then. */
const nextText = (n) => {
  place = (place + 7919) % Math.max(1, source.length - CHARACTERS);
  return `${source.slice(place, place + CHARACTERS)} rare${n % 977} only${n}`;
};
const now = () => Promise.resolve();
const print = (text) => process.stdout.write(`${text}\n`);

for (let n = 0; n < 2000; n++) await termsOf([nextText(n)], now);
const before = process.cpuUsage();
const counts = [];
for (let n = 0; n < 2000; n++) counts.push((await termsOf([nextText(n)], now)).length);
const { user } = process.cpuUsage(before);
const answers = Array.from({ length: 200 }, (_, n) => nextText(n));
const wanted = parseQuery('upstream sess').words;
const beforeHits = process.cpuUsage();
for (let n = 0; n < 2000; n++) {
  const text = answers[n % answers.length];
  const { places } = hitsIn(text, wanted);
  if (places.length > 0) excerptOf(text, places);
}
const hits = process.cpuUsage(beforeHits).user;

const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-bench-search-'));
const database = await startEmbeddedDatabase({ dataDir });
try {
  const connection = await mongoose.createConnection(database.uri, { dbName: 'tollgate' }).asPromise();
  const collection = connection.db.collection('search_entries');
  for (const { key, name } of INDEXES) await collection.createIndex(key, { name });
  const epoch = Date.now() - ENTRIES * 1000;
  const insertMs = [];
  let batch = [];
  let terms = 0;
  for (let n = 0; n < ENTRIES; n++) {
    // Half of it is the first user's.
    const userId = `user-${n % 2 === 0 ? 0 : 1 + (n % (USERS - 1))}-0199a1c2-1111-7abc`;
    const found = await termsOf([nextText(n)], now);
    terms += found.length;
    const at = new Date(epoch + n * 1000);
    batch.push({
      _id: newId(at.getTime()),
      tenantId: 'default',
      userId,
      sessionId: newId(epoch + (n % 1000)),
      kind: 'turn',
      messageIds: [newId(), newId()],
      terms: found,
      order: at.getTime() * 2048,
    });
    if (batch.length < PER_INSERT) continue;
    const startedAt = performance.now();
    await collection.insertMany(batch);
    insertMs.push((performance.now() - startedAt) / batch.length);
    batch = [];
  }
  await connection.db.command({ ping: 1 });
  const userId = 'user-0-0199a1c2-1111-7abc';
  const rows = [];
  const queries = {
    'a word of nearly every answer': { terms: 'the' },
    'a word of one in a thousand': { terms: 'rare12' },
    'one answer’s own word': { terms: `only${Math.floor(ENTRIES / 2) & ~1}` },
    'an unfinished word': { terms: 'ups' },
    'a word, a page in the middle': { terms: 'the', order: { $lt: (epoch + (ENTRIES / 2) * 1000) * 2048 } },
  };
  for (const [name, filter] of Object.entries(queries)) {
    const query = () =>
      collection
        .find({ userId, ...filter }, { projection: { terms: 0 } })
        .sort({ order: -1 })
        .limit(21);
    const took = [];
    for (let n = 0; n < SEARCHES; n++) {
      const startedAt = performance.now();
      await query().toArray();
      took.push(performance.now() - startedAt);
    }
    const { queryPlanner, executionStats } = await query().explain('executionStats');
    const plan = JSON.stringify(queryPlanner.winningPlan);
    rows.push([
      name,
      /"indexName":"([^"]*)"/.exec(plan)?.[1] ?? '–',
      plan.includes('"SORT"') ? 'sorted' : 'by the index',
      String(executionStats.totalDocsExamined),
      String(executionStats.nReturned),
      percentile(took, 0.5),
      percentile(took, 0.99),
    ]);
  }
  await connection.close();
  await database.close();
  const bytes = readdirSync(dataDir).reduce((sum, name) => sum + statSync(join(dataDir, name)).size, 0);
  print(
    toTable(
      ['of one turn', 'figure'],
      [
        ['characters', String(CHARACTERS)],
        ['terms, middle', String(percentile(counts, 0.5))],
        ['CPU for its terms, ms', user / 2000 / 1000],
        ['CPU for looking it through when it is found, ms', hits / 2000 / 1000],
        ['write to the embedded database, ms', percentile(insertMs, 0.5)],
        ['bytes on disk', bytes / ENTRIES],
        ['bytes for each term', bytes / terms],
      ],
    ),
  );
  print(
    toTable(
      [
        `of ${ENTRIES / 2} turns of one user, ${ENTRIES} of all`,
        'index',
        'order',
        'documents looked at',
        'returned',
        'p50 ms',
        'p99 ms',
      ],
      rows,
    ),
  );
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
