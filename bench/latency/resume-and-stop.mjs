// Milliseconds to the first missed byte of a turn, from wherever it is read, and to the proof of a stop.
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { resumeTurn, startTurn } from '../lib/turn-reader.mjs';
import { call, newDataDir, provision, startProduct } from '../tollgate-target.mjs';
import { repeat } from './repeat.mjs';

/** Answers of about 8 kB, in four seconds. */
const WORKLOAD = 'n400-r100';
const TOKENS = 400;
const SEEN_TOKENS = 20;
/** How long a reader is away from a running turn: about this many tokens at 100 a second. */
const AWAY_MS = 300;
const WARM_TIMES = 5;

/** @returns rows of a table */
export async function measureResumeAndStop(upstreamUrl, { times, node }) {
  const dataDir = await newDataDir();
  let server = await startProduct(upstreamUrl, dataDir, { node });
  try {
    const { tokens } = await provision(server.url, [WORKLOAD]);
    const resumeLive = async (time) => {
      const token = tokens[time % tokens.length];
      const seen = await startTurn(server.url, token, WORKLOAD, { untilTokens: SEEN_TOKENS });
      await delay(AWAY_MS);
      const { firstMs, tokens: reached } = await resumeTurn(server.url, token, seen, {
        untilTokens: seen.tokens + SEEN_TOKENS,
      });
      if (reached < seen.tokens + SEEN_TOKENS) throw new Error('the resumed turn ended early');
      return firstMs;
    };
    const stopRunning = async (time) => {
      const token = tokens[time % tokens.length];
      const { turnId } = await startTurn(server.url, token, WORKLOAD, { untilTokens: SEEN_TOKENS });
      const startedAt = performance.now();
      const proof = await call(server.url, 'POST', `/turns/${turnId}/stop`, token);
      const stopMs = performance.now() - startedAt;
      if (proof.status !== 'stopped' || !proof.upstreamAcknowledged || proof.keptCharacters === 0)
        throw new Error(`not a proof of a stop: ${JSON.stringify(proof)}`);
      return stopMs;
    };
    const resumeEnded = async (reading, token) => {
      const { firstMs, tokens: reached } = await resumeTurn(server.url, token, reading);
      if (reached !== TOKENS) throw new Error(`${reached} of ${TOKENS} tokens`);
      return firstMs;
    };
    for (let time = 0; time < WARM_TIMES; time++) {
      await resumeLive(time);
      await stopRunning(time);
    }
    const rows = [
      await repeat('resume a running turn', times, resumeLive),
      await repeat('stop a running turn: until its proof', times, stopRunning),
    ];
    const ended = await Promise.all(
      Array.from({ length: 2 * times }, async (_, time) => {
        const token = tokens[time % tokens.length];
        return {
          reading: await startTurn(server.url, token, WORKLOAD, { untilTokens: TOKENS / 2 }),
          token,
        };
      }),
    );
    await whenIdle(server.url, ended);
    rows.push(
      await repeat('resume a turn that has just ended, from memory', times, (time) =>
        resumeEnded(ended[time].reading, ended[time].token),
      ),
    );
    await server.stop();
    server = await startProduct(upstreamUrl, dataDir, { node });
    // The others are read for the first time by the process that answers.
    for (const { reading, token } of ended.slice(0, WARM_TIMES)) {
      await call(server.url, 'GET', `/turns/${reading.turnId}`, token);
    }
    rows.push(
      await repeat('resume an ended turn after a restart, from the database', times, (time) =>
        resumeEnded(ended[times + time].reading, ended[times + time].token),
      ),
    );
    return rows;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Until all turns have ended and are stored. */
async function whenIdle(url, turns) {
  for (const { reading, token } of turns) {
    while ((await call(url, 'GET', `/turns/${reading.turnId}`, token)).status === 'running') await delay(20);
  }
}
