import type { Document } from 'bson';
import mongoose from 'mongoose';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';
import { startEmbeddedDatabase } from '../index.js';

describe('bulkWrite', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => {
    engine.close();
  });
  const bulk = (ops: Document[], options: Document = {}): Document =>
    engine.run({
      bulkWrite: 1,
      ops,
      nsInfo: [{ ns: 'test.a' }, { ns: 'test.b' }],
      errorsOnly: true,
      $db: 'admin',
      ...options,
    });
  const counts = ({ nErrors, nInserted, nMatched, nModified, nUpserted, nDeleted }: Document): number[] =>
    [nErrors, nInserted, nMatched, nModified, nUpserted, nDeleted].map(Number);
  const lines = (reply: Document): Document[] => (reply.cursor as { firstBatch: Document[] }).firstBatch;
  const ids = (collection: string): number[] => engine.find(collection).map(({ _id }) => Number(_id));

  it('writes to several collections in order', () => {
    const reply = bulk([
      { insert: 0, document: { _id: 1, n: 0 } },
      { update: 0, filter: { _id: 1 }, updateMods: { $inc: { n: 5 } } },
      { update: 1, filter: { _id: 7 }, updateMods: { $set: { x: 1 } }, upsert: true },
      { insert: 1, document: { _id: 8 } },
      { delete: 1, filter: { _id: 8 } },
    ]);
    expect(counts(reply)).toEqual([0, 2, 1, 1, 1, 1]);
    expect(lines(reply)).toEqual([]);
    expect(Number(engine.find('a')[0]?.n)).toBe(5);
    expect(ids('b')).toEqual([7]);
  });

  it('stops at the first refusal and keeps what came before', () => {
    const reply = bulk([
      { insert: 0, document: { _id: 1 } },
      { insert: 0, document: { _id: 1 } },
      { insert: 1, document: { _id: 2 } },
    ]);
    expect(counts(reply)).toEqual([1, 1, 0, 0, 0, 0]);
    expect(lines(reply)).toHaveLength(1);
    expect(lines(reply)[0]).toMatchObject({ ok: expect.objectContaining({ value: 0 }) });
    expect([Number(lines(reply)[0]?.idx), Number(lines(reply)[0]?.code)]).toEqual([1, 11000]);
    expect(ids('a')).toEqual([1]);
    expect(ids('b')).toEqual([]);
  });

  it('stops at an upsert whose condition does not hold for the document of that id', () => {
    engine.fill('a', [{ _id: 1, fence: 2 }]);
    const reply = bulk([
      { update: 0, filter: { _id: 1, fence: 1 }, updateMods: { $set: { decided: true } }, upsert: true },
      { insert: 1, document: { _id: 2 } },
    ]);
    expect(Number(lines(reply)[0]?.code)).toBe(11000);
    expect(engine.find('a')[0]).not.toHaveProperty('decided');
    expect(ids('b')).toEqual([]);
  });

  it('goes on behind a refusal when order does not matter, and deletes one or all', () => {
    engine.fill('a', [
      { _id: 1, k: 1 },
      { _id: 2, k: 1 },
      { _id: 3, k: 2 },
      { _id: 4, k: 2 },
    ]);
    const reply = bulk(
      [
        { insert: 0, document: { _id: 1 } },
        { delete: 0, filter: { k: 1 }, multi: true },
        { delete: 0, filter: { k: 2 }, multi: false },
      ],
      { ordered: false },
    );
    expect(counts(reply)).toEqual([1, 0, 0, 0, 0, 3]);
    expect(lines(reply).map(({ idx, n }) => [Number(idx), Number(n)])).toEqual([[0, 0]]);
    expect(ids('a')).toEqual([4]);
  });

  it.each<[string, Document[], Document, number]>([
    ['another database', [{ insert: 0, document: {} }], { $db: 'test' }, 2],
    ['an unknown namespace', [{ insert: 5, document: {} }], {}, 2],
    ['an unknown operation', [{ replace: 0 }], {}, 115],
    ['no operation', [], {}, 72],
    ['to tell more than errors', [{ insert: 0, document: {} }], { errorsOnly: false }, 115],
  ])('refuses %s', (_, ops, options, code) => {
    const reply = bulk(ops, options);
    const refused = Number(reply.ok) === 1 ? lines(reply)[0] : reply;
    expect(Number(refused?.code)).toBe(code);
  });

  it('undoes everything when one operation is outside the subset', () => {
    const reply = bulk([
      { insert: 0, document: { _id: 1 } },
      { update: 0, filter: { _id: 1 }, updateMods: { $set: { x: 1 } }, collation: { locale: 'de' } },
    ]);
    expect([Number(reply.ok), Number(reply.code)]).toEqual([0, 115]);
    expect(ids('a')).toEqual([]);
  });

  it('is what the driver speaks', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'embedded-bulk-'));
    const database = await startEmbeddedDatabase({ dataDir });
    const connection = await mongoose.createConnection(database.uri, { dbName: 'spec' }).asPromise();
    try {
      const client = connection.getClient();
      const done = await client.bulkWrite([
        { namespace: 'spec.a', name: 'insertOne', document: { _id: 1 as never, n: 1 } },
        { namespace: 'spec.b', name: 'updateOne', filter: { _id: 1 as never }, update: { $set: { n: 2 } } },
        { namespace: 'spec.a', name: 'updateMany', filter: {}, update: { $inc: { n: 1 } } },
      ]);
      expect(done).toMatchObject({ insertedCount: 1, matchedCount: 1, modifiedCount: 1 });
      await expect(
        client.bulkWrite([{ namespace: 'spec.a', name: 'insertOne', document: { _id: 1 as never } }]),
      ).rejects.toMatchObject({ writeErrors: new Map([[0, expect.objectContaining({ code: 11000 })]]) });
    } finally {
      await connection.close();
      await database.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
