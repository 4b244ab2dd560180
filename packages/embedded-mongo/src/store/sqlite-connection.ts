import Database from 'libsql';
import { DamagedDatabaseError, WriteFailedError } from '../errors.js';
import { FIRST_LAYOUT, LAYOUT_WITH_ROOM } from './rows.js';

export const BUSY_TIMEOUT_MS = 10_000;

/**
 * A full disk, a quota or a limit of the file's size, and whatever else kept bytes from being written; not a sync that failed, after which those that
 * were written may be lost.
 */
const WANT_OF_ROOM = /^SQLITE_(FULL|IOERR_WRITE|IOERR_SHMSIZE)$/;

const SCHEMA = `
CREATE TABLE records (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE entries (key BLOB PRIMARY KEY, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE metas (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE spaces (space INTEGER PRIMARY KEY, count INTEGER NOT NULL, size INTEGER NOT NULL, sum INTEGER NOT NULL, checksum INTEGER NOT NULL);
`;

/** One SQL statement; parameters always go as an array, because libsql aborts the process on a lone Buffer. */
export interface Statement {
  run(parameters: unknown[]): unknown;
  get(parameters: unknown[]): unknown;
  all(parameters: unknown[]): unknown[];
}

export type Connection = InstanceType<typeof Database>;

/** Opens (and, when new, lays out) the file for durable writes. @throws DamagedDatabaseError when it is not ours or not whole */
export function openConnection(file: string, mustExist: boolean): Connection {
  return explained(() => {
    const connection = new Database(file);
    // Another connection that is just closing holds the file for a moment.
    connection.exec(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    connection.exec('PRAGMA journal_mode=WAL');
    connection.exec('PRAGMA synchronous=FULL');
    connection.exec('PRAGMA cell_size_check=ON');
    connection.exec('PRAGMA cache_size=-32000');
    connection.exec('PRAGMA journal_size_limit=16777216');
    // What is deleted or overwritten is so in the file, too; the log still holds it until it is emptied.
    connection.exec('PRAGMA secure_delete=ON');
    if (layoutOf(connection) === 0) {
      if (mustExist)
        throw new DamagedDatabaseError('it is empty, although data was stored in this directory before');
      const tables = connection.prepare('SELECT name FROM sqlite_master').all([]);
      if (tables.length > 0)
        throw new DamagedDatabaseError('it holds tables of another program or lost its version');
      connection.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version=${FIRST_LAYOUT}; COMMIT`);
    }
    return connection;
  });
}

/** The layout of a file, 0 of an empty one. @throws DamagedDatabaseError for one that is not of ours, or of a later version */
export function layoutOf(connection: Connection): number {
  const [layout] = connection.prepare('PRAGMA user_version').raw(true).get([]) as [number];
  if (layout < 0) throw new DamagedDatabaseError(`its layout is ${layout}`);
  if (layout <= LAYOUT_WITH_ROOM) return layout;
  throw new DamagedDatabaseError(
    '',
    `The embedded database file was written by a later version (its layout is ${layout}, this one reads up to ${LAYOUT_WITH_ROOM}). ` +
      'Start that version, or restore a backup that this one has made.',
  );
}

export type Statements<T> = Readonly<Record<keyof T, Statement>>;

/** The statements prepared, by their names: rows are arrays, errors are ours. */
export function prepareAll<T extends Readonly<Record<string, string>>>(
  connection: Connection,
  sql: T,
): Statements<T> {
  const prepared = Object.entries(sql).map(([name, text]): [string, Statement] => [
    name,
    new Prepared(connection, text),
  ]);
  return Object.fromEntries(prepared) as Statements<T>;
}

class Prepared implements Statement {
  private statement: ReturnType<Connection['prepare']> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly text: string,
  ) {
    this.statement = explained(() => this.prepare());
  }

  /** Not by libsql's `run`: what that tells of a write is an object that takes a quarter of the write's time, and nobody reads. */
  run(parameters: unknown[]): void {
    this.get(parameters);
  }

  get(parameters: unknown[]): unknown {
    return explained(() => {
      const statement = (this.statement ??= this.prepare());
      try {
        return statement.get(parameters);
      } catch (error) {
        // libsql resets a statement behind `get`, and not when it fails: what it was given then would be what it does the next time.
        this.statement = undefined;
        throw error;
      }
    });
  }

  all(parameters: unknown[]): unknown[] {
    return explained(() => (this.statement ??= this.prepare()).all(parameters));
  }

  private prepare(): ReturnType<Connection['prepare']> {
    const statement = this.connection.prepare(this.text);
    if (/^(SELECT|PRAGMA wal)/.test(this.text)) statement.raw(true);
    return statement;
  }
}

/** Runs a database call and translates SQLite's errors: damage, or a store that cannot be written any more. */
export function explained<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const given = (error as { code?: unknown }).code;
    const code = typeof given === 'string' ? given : '';
    const message = error instanceof Error ? error.message : String(error);
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(code) || /malformed|not a database/.test(message))
      throw new DamagedDatabaseError(message);
    if (/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/.test(code))
      throw new WriteFailedError(`${message} (${code})`, WANT_OF_ROOM.test(code));
    throw error;
  }
}
