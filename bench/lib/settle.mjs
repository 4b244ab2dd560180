import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;
/** As long as nothing changed by more than this share, it has settled. */
const TOLERANCE = 0.005;
const QUIET_MS = 2000;
const LONGEST_MS = 60_000;

/**
 * Waits until a figure has not changed for two seconds.
 * @returns the last value and the highest seen
 */
export async function settled(read, { longestMs = LONGEST_MS } = {}) {
  let reference = read();
  let most = reference;
  let quietMs = 0;
  for (let waitedMs = 0; quietMs < QUIET_MS && waitedMs < longestMs; waitedMs += LOOK_MS) {
    await delay(LOOK_MS);
    const value = read();
    most = Math.max(most, value);
    if (Math.abs(value - reference) <= reference * TOLERANCE) quietMs += LOOK_MS;
    else {
      quietMs = 0;
      reference = value;
    }
  }
  return { value: read(), most };
}

/** Memory that the kernel holds in all TCP sockets of the machine, both ends and their buffers, in bytes. */
export function kernelTcpBytes() {
  const pages = /^TCP:.* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8'))[1];
  return Number(pages) * 4096;
}
