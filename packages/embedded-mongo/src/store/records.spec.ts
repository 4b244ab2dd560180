import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
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

/** Of a record in a log, with what stands before it. */
const PAGE_BYTES = 4096 + 24;

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

  /** Each in a batch of its own. @returns by how much the last one made the log longer */
  const change = (store: SqliteStore, texts: readonly string[]): number => {
    let [record, before] = [store.records.get(SPACE, 1, undefined), 0];
    for (const text of texts) {
      before = statSync(`${file}-wal`).size;
      store.begin();
      if (record === undefined) store.records.insert(SPACE, 1, documentOf(text));
      else store.records.update(SPACE, 1, documentOf(text), record);
      record = store.records.get(SPACE, 1, undefined);
      store.commit();
    }
    return statSync(`${file}-wal`).size - before;
  };

  it('that change often are written where they differ, also after a restart', () => {
    const head = 'x'.repeat(50_000);
    const store = new SqliteStore(file);
    expect(change(store, [head, `${head}1`])).toBeGreaterThan(10 * PAGE_BYTES);
    // Now there is room behind it.
    expect(change(store, [`${head}22`, `${head}333`, `${head}4444`])).toBeLessThan(6 * PAGE_BYTES);
    store.close();
    expect(verifyFile(file)).toBeUndefined();
    const reopened = new SqliteStore(file);
    expect(textOf(reopened.records.get(SPACE, 1, undefined))).toBe(`${head}4444`);
    expect(change(reopened, [`${head}55555`])).toBeLessThan(6 * PAGE_BYTES);
    reopened.close();
  });

  it('read as they are whatever room they had, and lose it when they need far less', () => {
    const store = new SqliteStore(file);
    const roomNow = (): number => store.records.get(SPACE, 1, undefined)?.room ?? 0;
    const sizes = [5000, 5010, 20_000, 8170, 8172, 8190, 12_280, 9000, 5000, 4000, 12_000, 1000, 10, 60_000];
    for (const size of sizes) {
      change(
        store,
        [size - 2, size - 1, size].map((each) => 'y'.repeat(each)),
      );
      expect(textOf(store.records.get(SPACE, 1, undefined))).toBe('y'.repeat(size));
      expect(roomNow()).toBeLessThanOrEqual(4 * (size + 4096));
    }
    change(store, ['y'.repeat(10), 'y'.repeat(11)]);
    expect(roomNow()).toBe(documentOf('y'.repeat(11)).length);
    store.close();
    expect(verifyFile(file)).toBeUndefined();
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
