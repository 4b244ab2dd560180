import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import type { DatabaseConfig } from '../config/app-config.js';
import { openDatabase, type OpenDatabase } from './open-database.js';

/** The socket of the embedded database in its folder (`packages/embedded-mongo`, `server.ts`): whoever owns the folder may speak to it. */
const SOCKET_NAME = 'db.sock';

export interface DatabaseBeside extends OpenDatabase {
  /** Whether a running server has it as its embedded database. */
  readonly isShared: boolean;
}

/**
 * The database for a command, which works on it also while a server does: over the socket of the embedded one that a server has started, else as a server
 * would.
 * @throws Error in the embedded database's words when another process has the folder and no socket in it (its path is too long for one)
 */
export async function openBeside(config: DatabaseConfig): Promise<DatabaseBeside> {
  const socket = resolve(join(config.dataDir, SOCKET_NAME));
  if (config.mongodbUri === undefined && (await isListenedTo(socket))) {
    const uri = `mongodb://${encodeURIComponent(socket)}/`;
    return { uri, kind: 'embedded', isShared: true, close: () => Promise.resolve() };
  }
  return { ...(await openDatabase(config, false)), isShared: false };
}

function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (isThere: boolean) => () => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });
}
