import { Int32 } from 'bson';
import { inconsistenciesOf } from '../../test/support/embedded-consistency.js';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';
import { Catalog } from './catalog.js';
import { DecodedDocuments, type Decoded } from './decoded-documents.js';

const decodedOf = (bytes: number): Decoded => ({
  record: { bytes: Buffer.alloc(bytes), checksum: 0 },
  document: new Map(),
});

describe('DecodedDocuments', () => {
  it('keeps the latest large documents, two megabytes in all', () => {
    const documents = new DecodedDocuments();
    for (let key = 0; key < 1000; key++) documents.keep(key, decodedOf(64 * 1024));
    const kept = Array.from({ length: 1000 }, (_, key) => key).filter((key) => documents.find(key));
    expect(kept).toEqual(Array.from({ length: 32 }, (_, index) => 968 + index));
  });

  it('keeps neither small documents nor one that is larger than all may be', () => {
    const documents = new DecodedDocuments();
    documents.keep(1, decodedOf(100));
    documents.keep(2, decodedOf(3 * 1024 * 1024));
    expect([documents.find(1), documents.find(2)]).toEqual([undefined, undefined]);
  });

  it('counts a document that is written again once', () => {
    const documents = new DecodedDocuments();
    documents.keep(1, decodedOf(64 * 1024));
    for (let time = 0; time < 1000; time++) documents.keep(2, decodedOf(64 * 1024));
    expect(documents.find(1)).toBeDefined();
    documents.forget(2);
    expect(documents.find(2)).toBeUndefined();
  });
});

describe('a large document that changes often', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
    engine.ok({
      createIndexes: 'accounts',
      indexes: [{ key: { 'list.at': 1 }, name: 'at', sparse: true }],
    });
    const list = Array.from({ length: 300 }, (_, id) => ({ id, at: new Date(id), text: 'some words' }));
    engine.fill('accounts', [{ _id: 1, list, ids: [], count: 0 }]);
  });
  afterEach(() => {
    engine.close();
  });

  const change = (u: object, q: object = {}): unknown =>
    engine.ok({ update: 'accounts', updates: [{ q: { _id: 1, ...q }, u }] }).nModified;
  const idsOf = (): unknown => {
    const [found] = engine.find('accounts');
    return (found?.list as { id: Int32 }[]).map(({ id }) => Number(id));
  };
  const expectConsistent = (): void => {
    const collection = new Catalog(engine.store).find('test', 'accounts');
    expect(collection && inconsistenciesOf(engine.store, collection)).toEqual([]);
  };

  it('is what its updates say, with the entries of its index', () => {
    for (let id = 300; id < 400; id++) {
      // Several elements of one moment, of which some go before the others.
      const at = new Date(Math.floor(id / 3));
      change({ $push: { list: { id, at }, ids: id } }, { 'list.id': { $ne: id } });
      change({ $pull: { list: { id: id - 300 } }, $inc: { count: 1 } });
      if (id % 10 === 0) expectConsistent();
    }
    change({ $pull: { list: { id: { $in: Array.from({ length: 150 }, (_, index) => 100 + index) } } } });
    expectConsistent();
    expect(idsOf()).toEqual(Array.from({ length: 150 }, (_, index) => 250 + index));
  });

  it('is not what another was that had its place', () => {
    change({ $push: { ids: 1 } });
    const [before] = engine.find('accounts');
    engine.ok({ drop: 'accounts' });
    engine.fill('accounts', [{ ...before, ids: [2] }]);
    expect(engine.find('accounts')[0]?.ids).toEqual([new Int32(2)]);
  });

  it('is what a batch makes of it, in one of many commands as in many of one', () => {
    const pull = (id: number) => ({ q: { _id: 1 }, u: { $pull: { list: { id } }, $inc: { count: 1 } } });
    const push = (id: number) => ({ q: { _id: 1 }, u: { $push: { list: { id, at: new Date(id) } } } });
    engine.ok({
      update: 'accounts',
      updates: Array.from({ length: 100 }, (_, id) => [push(300 + id), pull(id)]).flat(),
    });
    expect(idsOf()).toEqual(Array.from({ length: 300 }, (_, index) => 100 + index));
    expectConsistent();
    expect(engine.find('accounts')[0]?.count).toEqual(new Int32(100));
  });

  it('is as the store has it when writes are taken back', () => {
    const collection = new Catalog(engine.store).find('test', 'accounts');
    const found = collection?.get(1);
    if (collection === undefined || found === undefined) throw new Error('nothing to change');
    const changed = new Map([...found.document, ['count', 7]]);
    expect(() =>
      engine.store.atomically(() => {
        collection.replace(found, changed);
        expect(collection.get(1)?.document).toBe(changed);
        throw new Error('taken back');
      }),
    ).toThrow('taken back');
    engine.store.rollback();
    expect(collection.get(1)?.document).toEqual(found.document);
    expect(collection.get(1)?.record.bytes).toEqual(found.record.bytes);
    expectConsistent();
  });
});
