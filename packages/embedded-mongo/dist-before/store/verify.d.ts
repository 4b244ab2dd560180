import { type Connection } from './sqlite-connection.js';
/** Opens a database that others may be writing to, for `work` alone. */
export declare function withDatabase<T>(file: string, work: (connection: Connection) => T): T;
/**
 * Reads every row of the file once: each must have its checksum, the rows of each keyspace must add up to its totals,
 * and SQLite's own structures must be whole. It sees one moment of the file and does not disturb writers.
 * Returns what is wrong, or undefined.
 * @param isStopped asked for every row; once it says so, nothing more is read and nothing is wrong
 */
export declare function verifyFile(file: string, isStopped?: () => boolean): string | undefined;
