import { setTimeout as delay } from 'node:timers/promises';
import { startTurn } from '../lib/turn-reader.mjs';

const TURNS = 200;
const QUIET_MS = 3000;
/** What the bench itself and the probes of the bus say. */
const NOT_OF_TURNS = ['info', 'client|setinfo', 'hello', 'ping'];

/** @returns rows of command and how often a turn that nobody follows from elsewhere has it run */
export async function measureCommands({ owner, redis, tokens }) {
  const before = await redis.commands();
  await delay(QUIET_MS);
  const quiet = await redis.commands();
  const startedAt = performance.now();
  for (let turn = 0; turn < TURNS; turn++) await startTurn(owner.url, tokens[turn % tokens.length], 'n20-r0');
  const tookMs = performance.now() - startedAt;
  const after = await redis.commands();
  const rows = [];
  for (const [name, calls] of after) {
    if (NOT_OF_TURNS.includes(name)) continue;
    const perMs = ((quiet.get(name) ?? 0) - (before.get(name) ?? 0)) / QUIET_MS;
    const perTurn = (calls - (quiet.get(name) ?? 0) - perMs * tookMs) / TURNS;
    rows.push([name, Math.max(0, Number(perTurn.toFixed(2)))]);
  }
  return rows;
}
