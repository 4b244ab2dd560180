import type { Server } from 'node:http';
import { until } from './until.js';

/** Fewer than Node lets wait to be accepted (511): beyond that the kernel makes connections wait for seconds, or resets them. */
const CONNECTIONS_PER_WAVE = 250;

/**
 * Asks so many times at once, each over a connection of its own, as fast as the server accepts connections.
 * @returns the answers, in order
 */
export async function inWaves<T>(server: Server, times: number, ask: () => Promise<T>): Promise<T[]> {
  const asked: Promise<T>[] = [];
  let connected = 0;
  let failed = 0;
  const onConnection = (): void => void connected++;
  server.on('connection', onConnection);
  while (asked.length < times) {
    for (let i = 0; i < CONNECTIONS_PER_WAVE && asked.length < times; i++) {
      const one = ask();
      one.catch(() => failed++);
      asked.push(one);
    }
    await until(() => connected + failed >= asked.length);
  }
  server.off('connection', onConnection);
  return Promise.all(asked);
}
