// What others wait for while something reads all of a large collection.
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 10;

/**
 * Asks for something small again and again, as long as something long is under way.
 * @returns how long that took, and the times of the small, in milliseconds
 */
export async function meanwhile(long, short) {
  const startedAt = performance.now();
  let isOver = false;
  const running = long().finally(() => (isOver = true));
  const times = [];
  do {
    const askedAt = performance.now();
    await short();
    times.push(performance.now() - askedAt);
    await delay(PAUSE_MS);
  } while (!isOver);
  await running;
  return { longMs: performance.now() - startedAt, times };
}
