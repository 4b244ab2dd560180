import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';
import { WireClient } from '../../test/support/wire-client.js';
import { DamagedDatabaseError } from '../errors.js';
import { openEngine } from '../../test/support/embedded-engine.js';
import { openStore } from '../run-embedded-database.js';

const DOCUMENTS = 60;
const FLIPS = 40;
const FILES = ['data.db', 'data.db-wal', 'data.db-commits', 'created.txt'];

describe('a damaged write-ahead log', () => {
  let original: string;
  let target: string;

  /** Killed, so that everything since the start lies in the log. */
  beforeAll(async () => {
    original = mkdtempSync(join(tmpdir(), 'embedded-log-'));
    target = mkdtempSync(join(tmpdir(), 'embedded-log-damaged-'));
    const database = await startEmbeddedProcess(original);
    const client = await WireClient.open(database.uri);
    for (let n = 0; n < DOCUMENTS; n++)
      expect(await client.command('test', { insert: 'items', documents: [{ _id: n }] })).toMatchObject({
        ok: 1,
      });
    await database.kill('SIGKILL');
    client.close();
  });
  afterAll(() => {
    for (const directory of [original, target]) rmSync(directory, { recursive: true, force: true });
  });

  const restore = (files = FILES): string => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    for (const name of files) copyFileSync(join(original, name), join(target, name));
    return join(target, 'data.db-wal');
  };

  const countDocuments = (): number => {
    openStore(target).close();
    const engine = openEngine(target);
    try {
      return engine.find('items').length;
    } finally {
      engine.store.close();
    }
  };

  it('that is whole brings back everything that was acknowledged', () => {
    restore();
    expect(countDocuments()).toBe(DOCUMENTS);
  });

  it(`is noticed, with any of ${FLIPS} flipped bits: never an older state in silence`, () => {
    let refused = 0;
    for (let round = 0; round < FLIPS; round++) {
      const file = restore();
      const bytes = readFileSync(file);
      const at = Math.floor(((round + 0.5) / FLIPS) * bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (round % 8));
      writeFileSync(file, bytes);
      try {
        expect({ at, documents: countDocuments() }).toEqual({ at, documents: DOCUMENTS });
      } catch (error) {
        if (!(error instanceof DamagedDatabaseError)) throw error;
        refused++;
      }
    }
    expect(refused).toBe(FLIPS);
  });

  it('that was removed is noticed as well', () => {
    restore(['data.db', 'data.db-commits', 'created.txt']);
    expect(countDocuments).toThrow(DamagedDatabaseError);
  });

  it('is kept, and one can go on with what is left by the way that the message names', () => {
    const file = restore();
    const bytes = readFileSync(file);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const mark = join(target, 'data.db-commits');
    expect(countDocuments).toThrow(new RegExp(`acknowledged commits are missing.*remove ${mark}`));
    // As often as it is tried.
    expect(countDocuments).toThrow(/acknowledged commits are missing/);
    expect(readFileSync(`${file}.damaged`).equals(bytes)).toBe(true);

    rmSync(mark);
    const left = countDocuments();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(DOCUMENTS);
    expect(existsSync(mark)).toBe(true);
  });

  it('is not suspected when the mark itself is lost or was not written whole', () => {
    restore(['data.db', 'data.db-wal', 'created.txt']);
    expect(countDocuments()).toBe(DOCUMENTS);
    restore();
    writeFileSync(join(target, 'data.db-commits'), '9999');
    expect(countDocuments()).toBe(DOCUMENTS);
  });
});
