import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'tollgate-db-';
export const SOCKET_NAME = 'db.sock';
/** A younger folder may belong to a database that is about to listen. */
const SETTLED_MS = 60_000;
/** Folders that one start looks at; the next looks at the rest. */
const MAX_FOLDERS_PER_START = 200;

/** A new directory for a socket, which only this user may enter; undefined where there can be none. */
export function makeSocketDirectory(): string | undefined {
  if (process.platform === 'win32') return undefined;
  try {
    const directory = mkdtempSync(join(tmpdir(), PREFIX));
    chmodSync(directory, 0o700);
    return directory;
  } catch {
    // No writable temporary directory: a loopback port needs none.
    return undefined;
  }
}

/**
 * Removes what databases of this user have left behind whose processes were killed. That nobody listens is asked of the socket: a process id means
 * nothing to a process of another container, which may share the folder. Never rejects.
 * @param now milliseconds since the epoch
 */
export async function removeDeadSocketDirectories(now: number): Promise<void> {
  if (process.platform === 'win32') return;
  for (const directory of candidates(now)) {
    if (!(await isDead(join(directory, SOCKET_NAME)))) continue;
    try {
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // Somebody else's, or gone meanwhile.
    }
  }
}

function candidates(now: number): string[] {
  try {
    return readdirSync(tmpdir())
      .filter((name) => name.startsWith(PREFIX))
      .slice(0, MAX_FOLDERS_PER_START)
      .map((name) => join(tmpdir(), name))
      .filter((directory) => isOurs(directory, now));
  } catch {
    return [];
  }
}

/** Looks at the folder itself: a link to another place is none of ours. */
function isOurs(directory: string, now: number): boolean {
  try {
    const stats = lstatSync(directory);
    return stats.isDirectory() && stats.uid === process.getuid?.() && now - stats.mtimeMs > SETTLED_MS;
  } catch {
    return false;
  }
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}
