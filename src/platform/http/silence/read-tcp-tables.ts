import { open } from 'node:fs/promises';

const TABLES = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
/** The kernel gives a page or so per read, whatever is asked for. */
const READ_BYTES = 64 * 1024;

/**
 * Reads the kernel's tables of TCP connections piece by piece, so that thousands of them never keep the event loop.
 * @returns whole lines, a few dozen at a time
 * @throws the system's error when there is no table to read; one for IPv6 alone may be missing
 */
export async function* readTcpTables(tables: readonly string[] = TABLES): AsyncGenerator<string> {
  let missing: unknown;
  let read = 0;
  for (const table of tables) {
    try {
      yield* readLines(table);
      read += 1;
    } catch (error) {
      missing = error;
    }
  }
  if (read === 0) throw missing;
}

async function* readLines(path: string): AsyncGenerator<string> {
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    let rest = '';
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) break;
      const text = rest + buffer.toString('latin1', 0, bytesRead);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      yield text.slice(0, end);
    }
  } finally {
    await file.close();
  }
}
