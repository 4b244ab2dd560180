// What readers on another instance cost the owner of a turn, and the instance that they read on.
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../lib/stats.mjs';
import { progress } from '../lib/progress.mjs';
import { openTurn } from '../lib/turn-reader.mjs';

export const MANY = 'n200-r50';
const STREAMS = 30;
const TOKENS = 200;

/**
 * Turns that are read where they run, with and without a reader of each on the other instance, in interleaved pairs.
 * @returns the owner's microseconds of CPU per token without and with, and the ratios of the pairs, sorted
 */
export async function measureOneRemoteReader({ owner, other, tokens }, pairs) {
  const without = [];
  const having = [];
  const ratios = [];
  for (let pair = -1; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [false, true] : [true, false];
    const result = {};
    for (const isFollowed of order) result[isFollowed] = await runTurns({ owner, other, tokens, isFollowed });
    if (pair < 0) continue;
    without.push(result.false);
    having.push(result.true);
    ratios.push(result.true / result.false);
    progress(
      `CPU per token of the owner: ${result.false.toFixed(1)} µs alone, ${result.true.toFixed(1)} µs followed`,
    );
  }
  return { without: median(without), having: median(having), ratios: ratios.sort((a, b) => a - b) };
}

async function runTurns({ owner, other, tokens, isFollowed }) {
  const before = owner.cpuMicros();
  await Promise.all(
    Array.from({ length: STREAMS }, async (_, index) => {
      const token = tokens[index % tokens.length];
      const turn = openTurn(owner.url, token, MANY);
      const turnId = await turn.turnId;
      const followed = isFollowed ? openTurn(other.url, token, undefined, turnId).ended : undefined;
      await Promise.all([turn.ended, followed]);
    }),
  );
  return (owner.cpuMicros() - before) / (STREAMS * TOKENS);
}

/** One turn with so many readers on the other instance. @returns microseconds of CPU per token, of the owner and of the other, start of the readers left out */
export async function measureManyReaders({ owner, other, tokens }, readers) {
  const [token] = tokens;
  const turn = openTurn(owner.url, token, MANY);
  const turnId = await turn.turnId;
  const followers = Array.from({ length: readers }, () => openTurn(other.url, token, undefined, turnId));
  await Promise.all(followers.map(({ first }) => first));
  const seen = turn.tokens();
  const before = [owner.cpuMicros(), other.cpuMicros()];
  await delay(1500);
  const [ownerMicros, otherMicros] = [owner.cpuMicros() - before[0], other.cpuMicros() - before[1]];
  const told = turn.tokens() - seen;
  await Promise.all([turn.ended, ...followers.map(({ ended }) => ended)]);
  progress(
    `${readers} readers elsewhere: owner ${(ownerMicros / told).toFixed(0)} µs, other ${(otherMicros / told).toFixed(0)} µs per token`,
  );
  return [
    String(readers),
    ownerMicros / told,
    otherMicros / told,
    readers === 0 ? NaN : otherMicros / told / readers,
  ];
}
