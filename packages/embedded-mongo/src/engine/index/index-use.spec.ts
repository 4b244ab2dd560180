import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Double, Int32, Long, ObjectId, serialize, type Document as BsonDocument } from 'bson';
import fc from 'fast-check';
import { inconsistenciesOf } from '../../../test/support/embedded-consistency.js';
import { decodeDocument } from '../../bson/decode.js';
import { encodeDocument } from '../../bson/encode.js';
import type { Document } from '../../bson/values.js';
import { SqliteStore } from '../../store/sqlite-store.js';
import { Catalog } from '../catalog.js';
import type { Collection, FoundDocument } from '../collection.js';
import { parseFilter } from '../filter/parse.js';
import { sortDocuments, sortKeyOf } from '../sort.js';
import { coverageOf } from './coverage.js';
import { parseIndex } from './definition.js';
import { parsePattern, type KeyField } from './keys.js';
import { planQuery, type OpenIndex, type Plan } from './planner.js';

const IS_FULL = process.env.TEST_SIZE === 'full';
/** Each run has new documents; its seed is another each time, so that many short runs see what one long one sees. */
const RUNS = Number(process.env.EMBEDDED_INDEX_RUNS ?? (IS_FULL ? 1500 : 120));
/** What a run compares at least, on average, or the generated queries are refused too often to show anything. */
const CASES_PER_RUN = 190;
const QUERIES_PER_RUN = 16;

const INDEXES: BsonDocument[] = [
  { key: { a: 1 } },
  { key: { a: -1 } },
  { key: { a: 1, b: 1 } },
  { key: { a: 1, b: -1 } },
  { key: { b: -1, a: 1, c: 1 } },
  { key: { 'c.x': 1 } },
  { key: { 'c.x': 1, 'c.y': -1 } },
  { key: { b: 1, 'c.y': 1 } },
  { key: { a: 1 }, sparse: true },
  { key: { b: 1, a: 1 }, sparse: true },
  { key: { a: 1 }, partialFilterExpression: { b: { $exists: true } } },
  { key: { 'c.x': 1 }, partialFilterExpression: { a: { $exists: true } } },
  { key: { b: 1 }, partialFilterExpression: { a: 2 } },
];

const bson = (value: BsonDocument): Document => decodeDocument(Buffer.from(serialize(value)));

// Few distinct values, so that queries meet documents.
const scalar = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -1, max: 4 }).map((value) => new Int32(value)) },
  fc.constantFrom<unknown>(
    null,
    new Double(1),
    new Double(1.5),
    new Double(-0),
    new Double(NaN),
    new Double(Infinity),
    new Double(-Infinity),
    Long.fromNumber(2),
    Long.fromString('9007199254740993'),
    new Double(9007199254740992),
    new Double(0.1),
    '',
    'a',
    'ab',
    'a\0',
    '\u00fc',
    '\uffee',
    '\ud83d\ude00',
    true,
    false,
    new Date(0),
    new Date(-1),
    new ObjectId('000000000000000000000001'),
  ),
);

interface Case {
  readonly documents: BsonDocument[];
  readonly queries: { filter: BsonDocument; sort: BsonDocument }[];
}

/** Documents and queries over one small pool of values, so that they meet often. */
const generated = fc
  .array(scalar, { minLength: 2, maxLength: 5, size: 'max' })
  .chain((pool): fc.Arbitrary<Case> => {
    const one = fc.constantFrom(...pool);
    const small = fc.dictionary(fc.constantFrom('x', 'y'), one, { maxKeys: 2, noNullPrototype: true });
    const value = fc.oneof(
      { weight: 5, arbitrary: one },
      { weight: 1, arbitrary: small },
      {
        weight: 6,
        arbitrary: fc.array(fc.oneof({ weight: 6, arbitrary: one }, small, fc.array(one, { maxLength: 2 })), {
          maxLength: 3,
        }),
      },
    );
    const nested = fc.oneof(
      { weight: 2, arbitrary: small },
      {
        weight: 3,
        arbitrary: fc.array(fc.oneof({ weight: 4, arbitrary: small }, one), { maxLength: 3, size: 'max' }),
      },
      one,
    );
    const plain = fc.record({ a: one, b: one, c: small }, { requiredKeys: [], noNullPrototype: true });
    const mixed = fc.record({ a: value, b: one, c: nested }, { requiredKeys: [], noNullPrototype: true });
    const path = fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c.x', 'c.x', 'c.y', 'c', 'a.x');
    const comparison = fc.constantFrom('$gt', '$gte', '$lt', '$lte', '$ne');
    const predicate: fc.Arbitrary<unknown> = fc.oneof(
      { weight: 3, arbitrary: value },
      {
        weight: 5,
        arbitrary: fc
          .tuple(comparison, fc.oneof({ weight: 5, arbitrary: one }, value))
          .map(([operator, operand]) => ({ [operator]: operand })),
      },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom('$gt', '$gte'), one, fc.constantFrom('$lt', '$lte'), one)
          .map(([above, low, below, high]) => ({ [above]: low, [below]: high })),
      },
      fc.array(value, { maxLength: 4 }).map((values) => ({ $in: values })),
      fc.boolean().map((wanted) => ({ $exists: wanted })),
      one.map((operand) => ({ $not: { $lte: operand } })),
      fc.tuple(one, one).map(([low, high]) => ({ $elemMatch: { x: { $gte: low, $lte: high } } })),
    );
    const clauseOf = (maxKeys: number): fc.Arbitrary<BsonDocument> =>
      fc.dictionary(path, predicate, { minKeys: 1, maxKeys, noNullPrototype: true });
    const clause = fc.oneof({ weight: 3, arbitrary: clauseOf(1) }, { weight: 2, arbitrary: clauseOf(3) });
    const filter: fc.Arbitrary<BsonDocument> = fc.oneof(
      { weight: 8, arbitrary: clause },
      fc.constant({}),
      fc.tuple(clause, clause).map((clauses) => ({ $or: clauses })),
      fc.tuple(clause, clause, clause).map(([first, second, third]) => ({ ...first, $or: [second, third] })),
    );
    const sort = fc.oneof(
      { weight: 2, arbitrary: fc.constant({}) },
      fc.dictionary(fc.constantFrom('a', 'b', 'c.x'), fc.constantFrom(1, -1), {
        minKeys: 1,
        maxKeys: 2,
        noNullPrototype: true,
      }),
    );
    return fc.record(
      {
        // Half of the runs have no arrays, where an index can also give the order.
        documents: fc.oneof(
          fc.array(plain, { minLength: 5, maxLength: 14, size: 'max' }),
          fc.array(mixed, { minLength: 5, maxLength: 14, size: 'max' }),
        ),
        queries: fc.array(fc.record({ filter, sort }, { noNullPrototype: true }), {
          minLength: QUERIES_PER_RUN,
          maxLength: QUERIES_PER_RUN,
        }),
      },
      { noNullPrototype: true },
    );
  });

type FilterNode = ReturnType<typeof parseFilter>;

/** Documents may only be compared by a query whose operands the engine accepts at all. */
function accepted(query: BsonDocument): FilterNode | undefined {
  try {
    return parseFilter(bson(query));
  } catch {
    return undefined;
  }
}

describe('index use', () => {
  let directory: string;
  let store: SqliteStore;
  let collection: Collection;
  let cases = 0;
  let exact = 0;
  let told = 0;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'embedded-index-'));
    store = new SqliteStore(join(directory, 'data.db'));
    store.begin();
    const catalog = new Catalog(store);
    collection = catalog.ensure('test', 'c');
    for (const [number, specification] of INDEXES.entries()) {
      catalog.addIndex(collection, parseIndex(bson({ ...specification, name: `i${number}` })));
    }
  });

  afterAll(() => {
    store.rollback();
    store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const refill = (documents: readonly BsonDocument[]): void => {
    for (const found of [
      ...collection.find(planQuery(parseFilter(new Map()), [], []), parseFilter(new Map())),
    ]) {
      collection.delete(found);
    }
    for (const index of collection.indexes) [index.arrays, index.hasLongs] = [0, false];
    for (const [number, document] of documents.entries()) {
      try {
        collection.insert(bson({ _id: number, ...document }));
      } catch {
        // Parallel arrays cannot be indexed together; MongoDB refuses the document as well.
      }
    }
  };

  /** A field that is told by the index alone is that of the documents. */
  const expectTold = (plan: Plan, node: FilterNode, path: string, found: readonly FoundDocument[]): void => {
    const tell = coverageOf(plan, node, new Set([path]));
    if (!tell) return;
    const shapeOf = (document: Document): string => {
      const value = document.get(path);
      return encodeDocument(value === undefined ? new Map() : new Map([[path, value]])).toString('hex');
    };
    const covered = [...collection.find(plan, node, undefined, tell)].map((one) => {
      if (!one.record) told++;
      return shapeOf(one.document);
    });
    const expected = found.map(({ document }) => shapeOf(document));
    if (covered.join() !== expected.join())
      expect({ path, plan, covered }).toEqual({ path, plan, covered: expected });
  };

  const answer = (
    node: FilterNode,
    fields: KeyField[],
    indexes: OpenIndex[],
  ): { ids: string[]; order: string[] } => {
    const plan = planQuery(node, fields, indexes);
    const found = [...collection.find(plan, node)];
    const counts = coverageOf(plan, node, new Set());
    if (counts) {
      const counted = [...collection.find(plan, node, undefined, counts)];
      if (counted.length !== found.length) expect({ plan, counted }).toEqual({ plan, counted: found });
      if (counted.length > 0 && !counted.some(({ record }) => record)) exact++;
    }
    for (const { path } of plan.index?.definition.fields ?? []) expectTold(plan, node, path, found);
    const ordered = plan.sorted ? found : sortDocuments(found, fields);
    return {
      ids: found.map(({ id }) => String(id)).sort(),
      order:
        fields.length === 0 ? [] : ordered.map(({ document }) => sortKeyOf(document, fields).toString('hex')),
    };
  };

  it('gives the same answer with and without each index, in the same order', () => {
    fc.assert(
      fc.property(generated, ({ documents, queries }) => {
        refill(documents);
        for (const { filter: wanted, sort: order } of queries) {
          const node = accepted(wanted);
          if (!node) continue;
          const fields = parsePattern(bson(order));
          let without;
          try {
            without = answer(node, fields, []);
          } catch {
            // Sorting by parallel arrays is refused whatever the plan.
            continue;
          }
          const expected = JSON.stringify(without);
          for (const indexes of [...collection.indexes.map((index) => [index]), collection.indexes]) {
            cases++;
            const found = answer(node, fields, indexes);
            // Told apart as text: `toEqual` costs more than the query.
            if (JSON.stringify(found) === expected) continue;
            const names = indexes.map(({ definition }) => definition.name);
            expect({ names, ...found }).toEqual({ names, ...without });
          }
        }
      }),
      { numRuns: RUNS, seed: Number(process.env.EMBEDDED_SEED ?? Date.now() % 1e9) },
    );
    expect(cases).toBeGreaterThanOrEqual(RUNS * CASES_PER_RUN);
    // Those whose entries were counted, and whose fields were told, without their documents; how many is a matter of the seed.
    expect(exact).toBeGreaterThan(0);
    expect(told).toBeGreaterThan(0);
  });

  it.each<[string, BsonDocument, BsonDocument, BsonDocument]>([
    ['two bounds met by different elements', { a: 1 }, { a: [0, 9] }, { a: { $gt: 5, $lt: 3 } }],
    [
      'two fields met in different elements',
      { 'c.x': 1, 'c.y': -1 },
      {
        c: [
          { x: 1, y: 9 },
          { x: 5, y: 2 },
        ],
      },
      { 'c.x': 1, 'c.y': 2 },
    ],
    ['a missing field in one element', { 'c.x': 1 }, { c: [{ x: 1 }, {}] }, { 'c.x': null }],
    ['an empty array', { a: 1 }, { a: [] }, { a: [] }],
    ['an array inside an array', { a: 1 }, { a: [[1, 2]] }, { a: [1, 2] }],
    ['text that begins like another, downwards', { a: -1 }, { a: 'a\0' }, { a: { $gt: 'a' } }],
  ])('finds %s', (_, key, document, wanted) => {
    refill([document]);
    const wantedKey = encodeDocument(bson(key));
    const index = collection.indexes.find(({ definition }) =>
      encodeDocument(definition.specification.get('key') as Document).equals(wantedKey),
    );
    expect(index).toBeDefined();
    const node = parseFilter(bson(wanted));
    expect(answer(node, [], []).ids).toHaveLength(1);
    expect(answer(node, [], index ? [index] : []).ids).toHaveLength(1);
  });

  it('keeps entries and documents in agreement through inserts, replacements and deletions', () => {
    fc.assert(
      fc.property(
        generated,
        fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 12 }),
        ({ documents }, changes) => {
          const half = Math.ceil(documents.length / 2);
          const replacements = documents.slice(half);
          refill(documents.slice(0, half));
          for (const [choice, removes] of changes) {
            const replacement = removes ? null : (replacements[choice % replacements.length] ?? {});
            const everything = parseFilter(new Map());
            const found = [...collection.find(planQuery(everything, [], []), everything)];
            const target = found[choice % Math.max(found.length, 1)];
            if (!target) continue;
            try {
              if (replacement === null) collection.delete(target);
              else collection.replace(target, bson({ _id: 1000 + choice, ...replacement }));
            } catch {
              // Refused replacements must leave everything as it was, which the check below would show.
            }
          }
          expect(inconsistenciesOf(store, collection)).toEqual([]);
        },
      ),
      { numRuns: IS_FULL ? 1500 : 150 },
    );
  });
});
