import Database from 'libsql';
export declare const BUSY_TIMEOUT_MS = 10000;
/** One SQL statement; parameters always go as an array, because libsql aborts the process on a lone Buffer. */
export interface Statement {
    run(parameters: unknown[]): unknown;
    get(parameters: unknown[]): unknown;
    all(parameters: unknown[]): unknown[];
}
export type Connection = InstanceType<typeof Database>;
/** Opens (and, when new, lays out) the file for durable writes. @throws DamagedDatabaseError when it is not ours or not whole */
export declare function openConnection(file: string, mustExist: boolean): Connection;
export type Statements<T> = Readonly<Record<keyof T, Statement>>;
/** The statements prepared, by their names: rows are arrays, errors are ours. */
export declare function prepareAll<T extends Readonly<Record<string, string>>>(connection: Connection, sql: T): Statements<T>;
/** Runs a database call and translates SQLite's errors: damage, or a store that cannot be written any more. */
export declare function explained<T>(call: () => T): T;
