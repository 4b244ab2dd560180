import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../lib/stats.mjs';
import { openTurn } from '../lib/turn-reader.mjs';
import { PACED } from './stop-and-follow.mjs';

const TURNS = 16;
const POLL_MS = 5;
/** Until all are fed from the database. */
const WATCHED_MS = 5000;

/** @returns a row: the longest silence of each reader once Redis is gone, its median and the longest of all */
export async function measureLostRedis({ owner, other, redis, tokens }) {
  const followers = await Promise.all(
    Array.from({ length: TURNS }, async (_, index) => {
      const token = tokens[index % tokens.length];
      const turn = openTurn(owner.url, token, PACED);
      const follower = openTurn(other.url, token, undefined, await turn.turnId);
      await follower.first;
      return { turn, follower };
    }),
  );
  await delay(500);
  await redis.kill();
  const silences = followers.map(() => ({ seen: 0, at: performance.now(), longest: 0 }));
  const until = performance.now() + WATCHED_MS;
  while (performance.now() < until) {
    const now = performance.now();
    followers.forEach(({ follower }, index) => {
      const silence = silences[index];
      silence.longest = Math.max(silence.longest, now - silence.at);
      if (follower.tokens() === silence.seen) return;
      silence.seen = follower.tokens();
      silence.at = now;
    });
    await delay(POLL_MS);
  }
  await Promise.all(followers.flatMap(({ turn, follower }) => [turn.ended, follower.ended]));
  const longest = silences.map((silence) => silence.longest);
  return ['silence', median(longest), Math.max(...longest)];
}
