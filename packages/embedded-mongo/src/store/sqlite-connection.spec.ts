import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openConnection, prepareAll, type Connection } from './sqlite-connection.js';

const SQL = {
  put: 'INSERT INTO records VALUES (?, ?, 0)',
  update: 'UPDATE records SET bytes = ? WHERE id = ?',
  delete: 'DELETE FROM records WHERE id >= ? AND id < ?',
  get: 'SELECT bytes FROM records WHERE id = ?',
  all: 'SELECT id, length(bytes) FROM records WHERE id > ? ORDER BY id',
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
} as const;

describe('prepared statements', () => {
  let directory: string;
  let connection: Connection;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'embedded-statements-'));
    connection = openConnection(join(directory, 'data.db'), false);
  });
  afterEach(() => {
    connection.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const pagesMore = (count: number): void => {
    const [pages] = connection.prepare('PRAGMA page_count').raw(true).get([]) as [number];
    connection.exec(`PRAGMA max_page_count=${pages + count}`);
  };

  it('do what they are given when they failed the time before, and not what they were given then', () => {
    const sql = prepareAll(connection, SQL);
    sql.put.run([1, Buffer.alloc(10)]);
    for (const [failing, next] of [
      [() => sql.put.run([2, Buffer.alloc(200_000)]), () => sql.put.run([3, Buffer.alloc(30)])],
      [() => sql.update.run([Buffer.alloc(200_000), 1]), () => sql.update.run([Buffer.alloc(20), 3])],
    ] as const) {
      pagesMore(5);
      sql.begin.run([]);
      expect(failing).toThrow(/full/);
      if (connection.inTransaction) connection.exec('ROLLBACK');
      pagesMore(1000);
      sql.begin.run([]);
      next();
      sql.commit.run([]);
    }
    expect(sql.all.all([0])).toEqual([
      [1, 10],
      [3, 20],
    ]);
  });

  it('fail alike each time, and go on where others failed', () => {
    const sql = prepareAll(connection, SQL);
    sql.put.run([1, Buffer.alloc(10)]);
    for (let time = 0; time < 3; time++) expect(() => sql.put.run([1, Buffer.alloc(20)])).toThrow(/UNIQUE/);
    sql.put.run([2, Buffer.alloc(30)]);
    sql.delete.run([1, 2]);
    expect(sql.all.all([0])).toEqual([[2, 30]]);
    expect(sql.get.get([1])).toBeUndefined();
    expect(sql.get.get([2])).toEqual([Buffer.alloc(30)]);
  });
});
