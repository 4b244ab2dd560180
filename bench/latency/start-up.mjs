// Milliseconds from the start of the process to its first successful `/health/ready`.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { withDatabase } from '../lib/database.mjs';
import { progress } from '../lib/progress.mjs';
import { seedEpochMs, seedMessages } from '../lib/seed.mjs';
import { newDataDir, provision, startProduct } from '../tollgate-target.mjs';
import { repeat } from './repeat.mjs';

const POLL_MS = 2;
const WARM_STARTS = 1;

/** @returns rows of a table */
export async function measureStartUp(upstreamUrl, { times, messages, node }) {
  const once = async (dataDir) => {
    const startedAt = performance.now();
    const server = await startProduct(upstreamUrl, dataDir, { node });
    while ((await fetch(`${server.url}/health/ready`)).status !== 200) await delay(POLL_MS);
    const startMs = performance.now() - startedAt;
    await server.stop();
    return startMs;
  };
  const fresh = async () => {
    const dataDir = await newDataDir();
    try {
      return await once(dataDir);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  };
  for (let start = 0; start < WARM_STARTS; start++) await fresh();
  const rows = [await repeat('start-up, empty data folder', times, fresh)];

  const dataDir = await newDataDir();
  try {
    const userIds = await prepare(upstreamUrl, dataDir, node);
    rows.push(await repeat('start-up, a data folder with users only', times, () => once(dataDir)));
    progress(`seeding ${messages} messages`);
    await withDatabase(dataDir, (db) =>
      seedMessages(db, { userIds, total: messages, epochMs: seedEpochMs() }),
    );
    rows.push(
      await repeat(`start-up, ${messages.toLocaleString('en')} stored messages`, times, () => once(dataDir)),
    );
    return rows;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Lets the product make its indexes and users. @returns the users' ids */
async function prepare(upstreamUrl, dataDir, node) {
  const server = await startProduct(upstreamUrl, dataDir, { node });
  const { userIds } = await provision(server.url, []);
  await server.stop();
  return userIds;
}
