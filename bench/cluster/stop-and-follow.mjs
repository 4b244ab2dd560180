// Interleaved pairs of the same thing on the instance that runs a turn and on another one.
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../lib/stats.mjs';
import { progress } from '../lib/progress.mjs';
import { followTurn, startTurn } from '../lib/turn-reader.mjs';
import { call } from '../tollgate-target.mjs';

export const PACED = 'n400-r50';
const SEEN_TOKENS = 10;
const FOLLOWED_TOKENS = 100;

/** @returns rows: name, p50 and p95 on the own instance, on the other, and what the other takes more */
export async function measurePairs({ owner, other, tokens }, pairs) {
  const stops = { own: [], other: [] };
  const firsts = { own: [], other: [] };
  const delays = { own: [], other: [] };
  const sides = [
    ['own', owner.url],
    ['other', other.url],
  ];
  for (let pair = -2; pair < pairs; pair++) {
    // The side that comes first changes with every pair.
    for (const [side, url] of pair % 2 === 0 ? sides : [...sides].reverse()) {
      const token = tokens[Math.abs(pair) % tokens.length];
      const { turnId } = await startTurn(owner.url, token, PACED, { untilTokens: SEEN_TOKENS });
      await delay(200);
      const { firstMs, delaysMs } = await followTurn(url, token, turnId, { untilTokens: FOLLOWED_TOKENS });
      const startedAt = performance.now();
      const proof = await call(url, 'POST', `/turns/${turnId}/stop`, token);
      const stopMs = performance.now() - startedAt;
      if (proof.status !== 'stopped' || !proof.upstreamAcknowledged)
        throw new Error(`not a proof of a stop: ${JSON.stringify(proof)}`);
      if (pair < 0) continue;
      stops[side].push(stopMs);
      firsts[side].push(firstMs);
      delays[side].push(...delaysMs);
    }
  }
  return [
    rowOf('stop, until its proof', stops),
    rowOf('follow, until the first text', firsts),
    rowOf('delay of a token while it is followed', delays),
  ];
}

function rowOf(name, { own, other }) {
  const [own50, own95] = [percentile(own, 0.5), percentile(own, 0.95)];
  const [other50, other95] = [percentile(other, 0.5), percentile(other, 0.95)];
  progress(`${name}: p95 ${own95.toFixed(1)} ms on its own instance, ${other95.toFixed(1)} ms on another`);
  return [name, own50, own95, other50, other95, other95 - own95, String(own.length)];
}
