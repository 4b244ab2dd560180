import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { openEngine } from '../../test/support/embedded-engine.js';
import { startEmbeddedProcess } from '../../test/support/embedded-process.js';
import { WireClient } from '../../test/support/wire-client.js';
import { Catalog } from '../engine/catalog.js';
import { DamagedDatabaseError } from '../errors.js';
import { openStore } from '../run-embedded-database.js';
import { verifyFile } from './verify.js';

const FLIPS = 250;
const CUTS = 40;

/** A small generator with a seed, so that a failing damage can be made again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

/** Everything a database answers: documents in order and the entries of every index. */
function contentOf(dataDir: string): string {
  const store = openStore(dataDir);
  try {
    const parts: string[] = [];
    for (const collection of new Catalog(store).all()) {
      parts.push(collection.namespace);
      for (const { id, bytes } of store.records.all(collection.space))
        parts.push(`${id}:${bytes.toString('base64')}`);
      for (const index of collection.indexes) {
        for (const key of store.entries(index.space, { from: Buffer.alloc(0), to: Buffer.of(255) }))
          parts.push(key.toString('base64'));
      }
    }
    return parts.join('\n');
  } finally {
    store.close();
  }
}

describe('a damaged file', () => {
  let original: string;
  let target: string;
  let content: string;

  beforeAll(() => {
    const made = mkdtempSync(join(tmpdir(), 'embedded-damage-'));
    original = made;
    target = mkdtempSync(join(tmpdir(), 'embedded-damaged-'));
    openStore(made).close();
    const engine = openEngine(made);
    engine.ok({
      createIndexes: 'users',
      indexes: [
        { key: { email: 1 }, name: 'email', unique: true },
        { key: { tags: 1 }, name: 'tags' },
      ],
    });
    const documents = Array.from({ length: 400 }, (_, n) => ({
      _id: n,
      email: `user${n}@example.org`,
      tags: [n % 7, n % 11],
      text: 'x'.repeat(n % 900),
    }));
    engine.ok({ insert: 'users', documents });
    engine.ok({ delete: 'users', deletes: [{ q: { _id: { $gte: 150, $lt: 220 } }, limit: 0 }] });
    engine.store.close();
    content = contentOf(original);
  });

  afterAll(() => {
    rmSync(original, { recursive: true, force: true });
    rmSync(target, { recursive: true, force: true });
  });

  const restore = (): string => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    for (const name of ['data.db', 'created.txt']) copyFileSync(join(original, name), join(target, name));
    return join(target, 'data.db');
  };

  /** Refused, or read exactly as it was. */
  const outcome = (what: string): 'refused' | 'unharmed' => {
    try {
      expect({ what, content: contentOf(target) === content }).toEqual({ what, content: true });
      return 'unharmed';
    } catch (error) {
      if (!(error instanceof DamagedDatabaseError)) throw error;
      expect(error.message).toMatch(/damaged .*Restore a backup|written by a later version/);
      return 'refused';
    }
  };

  it(`is refused or read exactly as it was, with any of ${FLIPS} flipped bits`, () => {
    const next = random(7);
    let refused = 0;
    for (let round = 0; round < FLIPS; round++) {
      const file = restore();
      const bytes = readFileSync(file);
      const at = Math.floor(next() * bytes.length);
      const bit = Math.floor(next() * 8);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      writeFileSync(file, bytes);
      if (outcome(`bit ${bit} of byte ${at}`) === 'refused') refused++;
    }
    // Free space of pages holds nothing: a flip there changes nothing.
    expect(refused).toBeGreaterThan(FLIPS / 2);
  });

  it(`is refused when it is cut off, at any of ${CUTS} lengths`, () => {
    const next = random(11);
    const { length } = readFileSync(join(original, 'data.db'));
    for (let round = 0; round < CUTS; round++) {
      const file = restore();
      const size = round === 0 ? 0 : Math.floor(next() * length);
      truncateSync(file, size);
      expect([size, outcome(`${size} bytes`)]).toEqual([size, 'refused']);
    }
  });

  it('is found beside the server when the file is large, which then answers nothing any more', async () => {
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    openStore(target).close();
    const engine = openEngine(target);
    for (let n = 0; n < 50; n++)
      engine.ok({ insert: 'users', documents: [{ _id: n, text: String(n).repeat(60_000) }] });
    engine.store.close();
    const file = join(target, 'data.db');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('49'.repeat(500));
    expect(at).toBeGreaterThan(0);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const database = await startEmbeddedProcess(target);
    const client = await WireClient.open(database.uri);
    let reply = await client.command('test', { ping: 1 });
    while (reply.ok === 1)
      reply = await client.command('test', { find: 'users', filter: { _id: 1 }, projection: { _id: 1 } });
    expect(reply.errmsg).toMatch(/damaged .*Restore a backup/);
    client.close();
    await database.kill('SIGTERM');
  });

  it('is not called damaged when a later version has written it', () => {
    const file = restore();
    const connection = new Database(file);
    connection.exec('PRAGMA user_version=99');
    connection.close();
    expect(() => openEngine(target)).toThrow(/written by a later version .*Start that version/);
    expect(verifyFile(file)).toMatch(/written by a later version/);
  });

  it('is refused when another program wrote it', () => {
    writeFileSync(
      restore(),
      'this is not a database, but it is long enough to be looked at as one'.repeat(100),
    );
    expect(outcome('text')).toBe('refused');
  });

  it('is refused when it is gone from a directory that held data', () => {
    rmSync(restore());
    expect(outcome('gone')).toBe('refused');
  });
});
