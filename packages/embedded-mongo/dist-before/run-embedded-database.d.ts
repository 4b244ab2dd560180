import { type WireServer } from './server/server.js';
import { SqliteStore } from './store/sqlite-store.js';
/** The database of a directory, running on the calling thread. */
export type RunningDatabase = WireServer;
/** @throws Error when the directory is in use, DamagedDatabaseError when its file is not whole */
export declare function runEmbeddedDatabase(dataDir: string): Promise<RunningDatabase>;
/**
 * Opens the file of a directory, verified unless it is large.
 * @throws DamagedDatabaseError when it is not whole, also when a directory that once held data comes up empty
 */
export declare function openStore(dataDir: string): SqliteStore;
