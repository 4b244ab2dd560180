// Two instances of the product over one database server and one Redis.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { serveDatabase } from '../lib/database.mjs';
import { startRedis } from '../lib/redis.mjs';
import { newDataDir, provision, startProduct } from '../tollgate-target.mjs';

/** @returns the owner, where turns are asked, and the other; the users' tokens; and how to stop it all */
export async function startInstances(upstreamUrl, workloads, { node } = {}) {
  const dataDir = await newDataDir();
  const database = await serveDatabase(dataDir, { node });
  const redis = await startRedis();
  const env = {
    MONGODB_URI: `${database.uri.replace(/\/$/, '')}/tollgate`,
    JWT_SECRET: 'a secret that both instances of the bench know',
    REDIS_URL: redis.url,
  };
  const start = () => startProduct(upstreamUrl, dataDir, { node, env });
  const owner = await start();
  const other = await start();
  const { admin, tokens } = await provision(owner.url, workloads);
  for (const { url } of [owner, other]) await whenBusIsUp(url);
  return {
    owner,
    other,
    redis,
    admin,
    tokens,
    async stop() {
      for (const server of [owner, other, redis, database]) await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function whenBusIsUp(url) {
  for (;;) {
    const { details } = await (await fetch(`${url}/health/ready`)).json();
    if (details?.bus?.redis === 'up') return;
    await delay(50);
  }
}
