import type { Document } from 'bson';
import { Int32 } from 'bson';
import { openEngine, type EmbeddedEngine } from '../../test/support/embedded-engine.js';

const COUNT = { $group: { _id: 1, n: { $sum: 1 } } };

describe('counting by aggregation', () => {
  let engine: EmbeddedEngine;
  beforeEach(() => {
    engine = openEngine();
    engine.ok({ createIndexes: 'c', indexes: [{ key: { a: 1, list: 1 }, name: 'a' }] });
    engine.fill('c', [{ a: 1, list: [1, 2] }, { a: 1, list: [] }, { a: 1 }, { a: 2, b: 1 }, { a: null }, {}]);
  });
  afterEach(() => {
    engine.close();
  });

  it.each<[string, Document[], number]>([
    ['everything', [], 6],
    ['by an index, each document once', [{ $match: { a: 1 } }], 3],
    ['what an index cannot tell', [{ $match: { a: null } }], 2],
    ['without an index', [{ $match: { b: { $exists: false } } }], 5],
    ['up to a limit', [{ $match: { a: 1 } }, { $limit: 2 }], 2],
    ['up to a limit that is not reached', [{ $limit: 7 }], 6],
  ])('counts %s', (_, stages, n) => {
    expect(engine.aggregate('c', [...stages, COUNT])).toEqual([{ _id: new Int32(1), n: new Int32(n) }]);
  });

  it('says nothing of nothing', () => {
    expect(engine.aggregate('nothing', [COUNT])).toEqual([]);
    expect(engine.aggregate('c', [{ $match: { a: 3 } }, COUNT])).toEqual([]);
  });

  it.each<[string, Document[], string]>([
    ['a stage of two names', [{ $match: {}, $limit: 1 }, COUNT], 'BadValue'],
    ['a limit of zero', [{ $limit: 0 }, COUNT], 'BadValue'],
    ['a negative limit', [{ $limit: -1 }, COUNT], 'TypeMismatch'],
    ['a limit that is no number', [{ $limit: 'x' }, COUNT], 'TypeMismatch'],
    ['a filter that is no object', [{ $match: 1 }, COUNT], 'TypeMismatch'],
  ])('refuses %s', (_, pipeline, codeName) => {
    expect(engine.run({ aggregate: 'c', pipeline, cursor: {} })).toMatchObject({ codeName });
  });
});
