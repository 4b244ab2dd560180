// Database calls per turn, counted on the wire between the product and its database.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { startCountingProxy } from '../lib/counting-proxy.mjs';
import { serveDatabase } from '../lib/database.mjs';
import { progress } from '../lib/progress.mjs';
import { toTable } from '../lib/report.mjs';
import { startTurn } from '../lib/turn-reader.mjs';
import { newDataDir, provision, startProduct } from '../tollgate-target.mjs';

const WORKLOAD = 'n20-r0';
const IDLE_SECONDS = 10;
/** What the end of the last turn still writes. */
const LINGER_MS = 500;

/** @returns a table of the calls per turn by command and collection */
export async function countDatabaseCalls(upstreamUrl, { turns, node }) {
  const dataDir = await newDataDir();
  const database = await serveDatabase(dataDir, { node });
  const proxy = await startCountingProxy(database.uri);
  const server = await startProduct(upstreamUrl, dataDir, { node, env: { MONGODB_URI: proxy.uri } });
  try {
    const { tokens } = await provision(server.url, [WORKLOAD]);
    const run = async (sessionOf) => {
      for (let turn = 0; turn < turns; turn++) {
        const token = tokens[turn % tokens.length];
        const { tokens: read } = await startTurn(server.url, token, WORKLOAD, { sessionId: sessionOf(turn) });
        if (read !== 20) throw new Error(`${read} of 20 tokens`);
      }
      await delay(LINGER_MS);
    };
    const session = (turn) => `calls-${turn % tokens.length}`;
    // What is looked up once and then cached is not a turn's.
    await run(session);
    proxy.take();
    await delay(IDLE_SECONDS * 1000);
    const idle = perPiece(proxy.take(), IDLE_SECONDS);
    const startedAt = performance.now();
    await run(() => undefined);
    const seconds = (performance.now() - startedAt) / 1000;
    const fresh = perPiece(proxy.take(), turns);
    await run(session);
    const existing = perPiece(proxy.take(), turns);
    progress(`counted the database calls of ${2 * turns} turns, ${seconds.toFixed(1)} s for ${turns}`);
    return tableOf(fresh, existing, idle);
  } finally {
    await server.stop();
    await proxy.stop();
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const perPiece = (counts, pieces) => new Map([...counts].map(([name, count]) => [name, count / pieces]));
/** The driver looks after its connections all the time. */
const isOwn = (name) => !/^(hello|isMaster|ping|endSessions|opcode)/i.test(name);

function tableOf(fresh, existing, idle) {
  const names = [...new Set([...fresh.keys(), ...existing.keys(), ...idle.keys()])].filter(isOwn).sort();
  const sum = (counts) => names.reduce((total, name) => total + (counts.get(name) ?? 0), 0);
  const rows = names.map((name) => [name, ...[fresh, existing, idle].map((counts) => counts.get(name) ?? 0)]);
  return toTable(
    ['database calls', 'per turn of a new session', 'per turn of an existing session', 'per idle second'],
    [...rows, ['**all**', sum(fresh), sum(existing), sum(idle)]],
  );
}
