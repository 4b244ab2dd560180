import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Above those that browsers refuse, below those that systems hand out to connections and to servers that take any. */
const LOWEST = 10_100;
const HIGHEST = 32_000;
/** From a port to that of the datagrams by which it is kept from others: not the same one, which a server of the port may want for HTTP/3. */
const TO_DATAGRAMS = 33_000;

/**
 * A port of the loopback that is free and stays so: for a server that comes back to where the one before it was, or for
 * an address on which nobody listens. One that the system picked could meanwhile become another test's, and so could one that
 * was only looked at: whoever was told of it is about to listen, or will be again. So it is this process's until it ends.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    const keeper = createSocket('udp4').unref();
    keeper.bind({ port: port + TO_DATAGRAMS, address: '127.0.0.1', exclusive: true });
    if ((await orTaken(once(keeper, 'listening'))) && (await isFree(port))) return port;
    keeper.close();
  }
}

/** An address on which nobody listens. */
export async function refusingUrl(): Promise<string> {
  return `http://127.0.0.1:${await lastingPort()}`;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  if (!(await orTaken(once(server, 'listening')))) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** @returns false when others have it, or the system has set it aside */
async function orTaken(listening: Promise<unknown>): Promise<boolean> {
  try {
    await listening;
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    throw error;
  }
}
