import { setTimeout as delay } from 'node:timers/promises';

/** Leaves the database to the turns for so long, or until the signal aborts. Never rejects, and keeps no process alive. */
export async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
}
