import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import Database from 'libsql';
import { decodeDocument } from '../bson/decode.js';
import { encodeDocument } from '../bson/encode.js';
import { Records } from './records.js';
import type { RecordBytes } from './rows.js';
import { SpaceTotals } from './space-totals.js';
import { SQL } from './sql.js';
import { openConnection, prepareAll } from './sqlite-connection.js';
import { SqliteStore } from './sqlite-store.js';
import { verifyFile } from './verify.js';

const SPACE = 7;
const IDS = 4;
/** More than may wait, in three records. */
const LARGE = 2_000_000;

const documentOf = (text: string): Buffer => encodeDocument(new Map([['text', text]]));
const textOf = (record: RecordBytes | undefined): unknown =>
  record && decodeDocument(record.bytes).get('text');

const RUNS = process.env.TEST_SIZE === 'full' ? 1000 : 100;

describe('the records of a store', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'embedded-records-'));
    file = join(directory, 'data.db');
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const recordOf = (records: Records, id: number): RecordBytes => {
    const record = records.get(SPACE, id, undefined);
    if (record === undefined) throw new Error('there is none');
    return record;
  };

  it('are written once in a batch, however often they change, and read as they are meanwhile', () => {
    const connection = openConnection(file, false);
    let writes = 0;
    const sql = prepareAll(connection, SQL);
    const records = new Records(sql, new SpaceTotals(sql), (call) => {
      writes++;
      call();
    });
    connection.exec('BEGIN');
    records.insert(SPACE, 1, documentOf('first'));
    for (let time = 0; time < 100; time++) {
      const bytes = documentOf(`${time} of them`);
      const record = records.update(SPACE, 1, bytes, recordOf(records, 1));
      expect(records.get(SPACE, 1, undefined)).toBe(record);
    }
    expect(writes).toBe(1);
    records.flush();
    records.flush();
    expect(writes).toBe(2);
    connection.exec('COMMIT');
    expect(textOf(recordOf(records, 1))).toBe('99 of them');
    connection.close();
  });

  it('do not wait when they are many', () => {
    const connection = openConnection(file, false);
    let written = 0;
    const sql = prepareAll(connection, SQL);
    const records = new Records(sql, new SpaceTotals(sql), (call) => {
      written++;
      call();
    });
    connection.exec('BEGIN');
    for (let id = 1; id <= IDS; id++) records.insert(SPACE, id, documentOf('small'));
    for (let id = 1; id <= IDS; id++)
      records.update(SPACE, id, documentOf('x'.repeat(LARGE)), recordOf(records, id));
    expect(written).toBe(IDS + 3);
    connection.exec('COMMIT');
    connection.close();
  });

  it('keep no bytes of what they were while they wait, having become small', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const store = new SqliteStore(file);
    const count = 50;
    store.begin();
    for (let id = 1; id <= count; id++) store.records.insert(SPACE, id, documentOf('x'.repeat(LARGE / 2)));
    store.commit();
    collect();
    const before = process.memoryUsage().arrayBuffers;
    store.begin();
    for (let id = 1; id <= count; id++)
      store.records.update(SPACE, id, documentOf('small'), recordOf(store.records, id));
    collect();
    collect();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * LARGE);
    store.commit();
    store.close();
    expect(verifyFile(file)).toBeUndefined();
  });

  it('are what the file has when what was kept of them is another state', () => {
    const store = new SqliteStore(file);
    store.begin();
    store.records.insert(SPACE, 1, documentOf('first'));
    store.commit();
    const first = recordOf(store.records, 1);
    store.begin();
    const other = store.records.update(SPACE, 1, documentOf('other'), first);
    expect(store.records.get(SPACE, 1, first)).toBe(other);
    store.rollback();
    expect(textOf(store.records.get(SPACE, 1, other))).toBe('first');
    expect(store.records.get(SPACE, 1, first)).toBe(first);
    store.close();
  });

  it('with zeros behind them, as an earlier version wrote them, are read, and lose them when they change', () => {
    const store = new SqliteStore(file);
    store.begin();
    for (const id of [1, 2, 3]) store.records.insert(SPACE, id, documentOf(`text ${id}`));
    store.commit();
    store.close();
    const connection = new Database(file);
    connection.exec('UPDATE records SET bytes = CAST(bytes || zeroblob(5000) AS BLOB)');
    connection.exec('PRAGMA user_version=2');
    connection.close();
    const reopened = new SqliteStore(file);
    reopened.begin();
    reopened.records.update(SPACE, 1, documentOf('changed'), recordOf(reopened.records, 1));
    reopened.records.delete(SPACE, 2, recordOf(reopened.records, 2));
    reopened.commit();
    expect(textOf(reopened.records.get(SPACE, 1, undefined))).toBe('changed');
    expect(textOf(reopened.records.get(SPACE, 3, recordOf(reopened.records, 3)))).toBe('text 3');
    reopened.close();
    expect(verifyFile(file)).toBeUndefined();
    const after = new Database(file);
    const sizes = after.prepare('SELECT length(bytes) FROM records').raw(true).all([]);
    after.close();
    expect(sizes).toEqual([[documentOf('changed').length], [documentOf('text 3').length + 5000]]);
  });

  type Step =
    | { readonly kind: 'write'; readonly id: number; readonly size: number }
    | { readonly kind: 'delete'; readonly id: number }
    | { readonly kind: 'scan' | 'clear' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        id: fc.integer({ min: 1, max: IDS }),
        size: fc.constantFrom(1, 100, 4060, 4080, 4100, 8150, 8190, 9000, 30_000, LARGE),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('delete' as const),
        id: fc.integer({ min: 1, max: IDS }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('scan' as const, 'clear' as const) }) },
  );
  /** Batches of commands of steps; what a command does not keep is taken back. */
  const batches = fc.array(
    fc.record({
      commands: fc.array(fc.record({ steps: fc.array(step, { maxLength: 5 }), kept: fc.boolean() }), {
        maxLength: 5,
      }),
      kept: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  );

  class TakenBack extends Error {}

  it('are what was written and not taken back, with totals that say so', () => {
    fc.assert(
      fc.property(batches, (given) => {
        rmSync(file, { force: true });
        for (const suffix of ['-wal', '-shm', '-commits']) rmSync(file + suffix, { force: true });
        const store = new SqliteStore(file);
        const { records } = store;
        let model = new Map<number, string>();
        let number = 0;
        const read = (id: number): unknown => textOf(records.get(SPACE, id, undefined));
        const take = (each: Step): void => {
          if (each.kind === 'write') {
            const text = `${number++}`.padEnd(each.size, 'x');
            const before = records.get(SPACE, each.id, undefined);
            if (before) records.update(SPACE, each.id, documentOf(text), before);
            else records.insert(SPACE, each.id, documentOf(text));
            model.set(each.id, text);
          } else if (each.kind === 'delete') {
            const before = records.get(SPACE, each.id, undefined);
            if (before) records.delete(SPACE, each.id, before);
            model.delete(each.id);
          } else if (each.kind === 'clear') {
            store.clear(SPACE);
            model.clear();
          } else {
            const found = Array.from(records.all(SPACE), (record) => [record.id, textOf(record)]);
            expect(found).toEqual([...model].sort(([a], [b]) => a - b));
          }
          for (let id = 1; id <= IDS; id++) expect(read(id) === model.get(id)).toBe(true);
        };
        for (const batch of given) {
          const atBegin = new Map(model);
          store.begin();
          for (const { steps, kept } of batch.commands) {
            const before = new Map(model);
            try {
              store.atomically(() => {
                steps.forEach(take);
                if (!kept) throw new TakenBack();
              });
            } catch (error) {
              if (!(error instanceof TakenBack)) throw error;
              model = before;
            }
            for (let id = 1; id <= IDS; id++) expect(read(id) === model.get(id)).toBe(true);
          }
          if (batch.kept) store.commit();
          else {
            store.rollback();
            model = atBegin;
          }
        }
        expect(store.totalsOf(SPACE).count).toBe(model.size);
        store.close();
        expect(verifyFile(file)).toBeUndefined();
        const reopened = new SqliteStore(file);
        for (let id = 1; id <= IDS; id++)
          expect(textOf(reopened.records.get(SPACE, id, undefined)) === model.get(id)).toBe(true);
        reopened.close();
      }),
      { numRuns: RUNS },
    );
  });
});
