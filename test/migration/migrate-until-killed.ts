// A migration in a process of its own that kills itself, as a power cut would, at its n-th write: before it is sent, or behind its answer.
//   migrate-until-killed.ts <data folder | URI> <issuer> <now> <write> <before | after>
import mongoose from 'mongoose';
import { startEmbeddedDatabase } from '@tollgate/embedded-mongo';
import { runMigrations } from '../../src/persistence/migrations/run-migrations.js';
import { DATABASE } from './old-database.js';

const WRITES = ['insert', 'update', 'delete', 'findAndModify', 'createIndexes', 'dropIndexes', 'drop'];
const SMALL_BATCH = 40;
const SHORT_LEASE_MS = 300;

const [where = '', issuer = '', now = '', killAt = '0', moment = 'before'] = process.argv.slice(2);
const embedded = where.startsWith('mongodb:') ? undefined : await startEmbeddedDatabase({ dataDir: where });
const client = new mongoose.mongo.MongoClient(embedded?.uri ?? where, {
  monitorCommands: true,
  ignoreUndefined: true,
});
let writes = 0;
const die = (): boolean => process.kill(process.pid, 'SIGKILL');
client.on('commandStarted', ({ commandName }) => {
  if (WRITES.includes(commandName) && ++writes === Number(killAt) && moment === 'before') die();
});
client.on('commandSucceeded', ({ commandName }) => {
  if (WRITES.includes(commandName) && writes >= Number(killAt) && moment === 'after') die();
});
await client.connect();
await runMigrations(client.db(DATABASE), `process ${process.pid}`, {
  settings: { issuer, stormUrl: undefined, turnRetentionMs: 90 * 86_400_000 },
  alone: embedded !== undefined,
  say: () => undefined,
  batchSize: SMALL_BATCH,
  leaseMs: SHORT_LEASE_MS,
  now: new Date(now),
});
await client.close();
await embedded?.close();
