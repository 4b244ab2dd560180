import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Above those that browsers refuse, below those that systems hand out to connections and to servers that take any. */
const LOWEST = 10_100;
const HIGHEST = 32_000;

/**
 * A port of the loopback that is free and stays so: for a server that comes back to where the one before it was, or for
 * an address on which nobody listens. One that the system picked could meanwhile become another test's.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** An address on which nobody listens. */
export async function refusingUrl(): Promise<string> {
  return `http://127.0.0.1:${await lastingPort()}`;
}
