// Speed of the embedded database through mongoose: 64 operations in flight, every write durable before it is acknowledged.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import mongoose from 'mongoose';
import { startEmbeddedDatabase } from '@tollgate/embedded-mongo';

const { values } = parseArgs({
  options: {
    uri: { type: 'string' },
    operations: { type: 'string', default: '10000' },
    documents: { type: 'string', default: '200000' },
  },
});
const OPERATIONS = Number(values.operations);
const DOCUMENTS = Number(values.documents);
const IN_FLIGHT = 64;

const dataDir = mkdtempSync(join(tmpdir(), 'bench-db-'));
const start = async () =>
  values.uri === undefined
    ? startEmbeddedDatabase({ dataDir })
    : { uri: values.uri, close: async () => undefined };
let database = await start();
const schema = new mongoose.Schema({
  email: { type: String, unique: true },
  balance: Number,
  group: { type: Number, index: true },
});
const connect = async () =>
  (await mongoose.connect(database.uri, { dbName: 'bench' })).models.User ?? mongoose.model('User', schema);
let users = await connect();
await users.deleteMany({});
await users.init();

const print = (name, value, unit, floor) =>
  process.stdout.write(
    `${name.padEnd(44)} ${value.toFixed(0).padStart(8)} ${unit}${floor ? `  (wanted: ${floor})` : ''}\n`,
  );

async function measure(name, floor, operation, count = OPERATIONS) {
  const latencies = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < count) {
        const number = next++;
        const from = performance.now();
        await operation(number);
        latencies.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  print(
    name,
    count / seconds,
    `/s  p99 ${latencies[Math.floor(latencies.length * 0.99)].toFixed(1)} ms`,
    floor,
  );
}

await measure('insert (create)', '>= 2000', (n) =>
  users.create({ email: `user${n}@example.org`, balance: 100, group: n % 100 }),
);
const ids = (await users.find({}, { _id: 1 }).lean()).map(({ _id }) => _id);
await measure('findOneAndUpdate by _id', '>= 2500', (n) =>
  users
    .findOneAndUpdate({ _id: ids[n % ids.length], balance: { $gte: 1 } }, { $inc: { balance: -1 } })
    .lean(),
);
await measure('findOneAndUpdate by index', '>= 2500', (n) =>
  users.findOneAndUpdate({ email: `user${n % ids.length}@example.org` }, { $inc: { balance: 1 } }).lean(),
);
await measure('findOne by index', undefined, (n) =>
  users.findOne({ email: `user${n % ids.length}@example.org` }).lean(),
);

for (let from = ids.length; from < DOCUMENTS; from += 5000) {
  await users.collection.insertMany(
    Array.from({ length: Math.min(5000, DOCUMENTS - from) }, (_, n) => ({
      email: `more${from + n}@example.org`,
      balance: 1,
      group: n % 100,
    })),
  );
}
const counting = performance.now();
const busy = users.countDocuments({ balance: { $gte: 0 } });
let longest = 0;
let last = performance.now();
const ticker = setInterval(() => {
  longest = Math.max(longest, performance.now() - last - 5);
  last = performance.now();
}, 5);
await busy;
clearInterval(ticker);
print(`counting ${DOCUMENTS} documents without an index`, performance.now() - counting, 'ms');
print("longest delay of this process's event loop meanwhile", longest, 'ms');

if (values.uri === undefined) {
  await mongoose.disconnect();
  await database.close();
  const starting = performance.now();
  database = await start();
  users = await connect();
  const found = await users.findOne({ email: 'user1@example.org' }).lean();
  print(`start and first query with ${DOCUMENTS} documents`, performance.now() - starting, 'ms', '< 300');
  if (found === null) process.exitCode = 1;
}
await mongoose.disconnect();
await database.close();
rmSync(dataDir, { recursive: true, force: true });
