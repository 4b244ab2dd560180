import { encodeDocument } from '../bson/encode.js';
import { keyOf } from '../bson/key.js';
import { integerOf } from '../bson/numbers.js';
import { documentOf, int32, type Document, type Value, isArray } from '../bson/values.js';
import { CommandError } from '../errors.js';
import type { Collection } from '../engine/collection.js';
import { parseFilter } from '../engine/filter/parse.js';
import { splitPath, visitPath } from '../engine/path.js';
import { parseProjection } from '../engine/projection.js';
import { parseSort } from '../engine/sort.js';
import type { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import { withinTime } from './deadline.js';
import { planFor, select, type SelectOptions } from './query.js';

const NOTHING: Document = new Map();

/** What a `find` will do. */
export interface FindPlan extends SelectOptions {
  readonly collection: Collection | undefined;
  readonly namespace: string;
  readonly shape: (found: { bytes: Buffer; document: Document }) => Buffer;
  readonly batchSize: number | undefined;
  readonly single: boolean;
  readonly maxTimeMS: number | undefined;
}

/** Reads every option of `find` and decides what it will do. @throws CommandError for what is malformed or outside the subset */
export function parseFind(context: CommandContext, args: Arguments): FindPlan {
  const name = args.string('find');
  const filter = parseFilter(args.document('filter') ?? NOTHING);
  const sort = parseSort(args.document('sort') ?? NOTHING);
  const project = parseProjection(args.document('projection') ?? NOTHING, 'find');
  const limit = integerOf(args.value('limit')) ?? 0;
  const singleBatch = args.flag('singleBatch') || limit < 0;
  args.readConcern();
  args.simpleCollation();
  args.ignore('allowPartialResults', 'allowDiskUse');
  args.refuseUnlessFalsy(
    'noCursorTimeout',
    'min',
    'max',
    'returnKey',
    'showRecordId',
    'tailable',
    'awaitData',
    'oplogReplay',
    'let',
  );
  const plan = {
    collection: context.catalog.find(context.database, name),
    namespace: `${context.database}.${name}`,
    filter,
    sort,
    hint: args.value('hint'),
    skip: args.count('skip') ?? 0,
    limit: limit === 0 ? Infinity : Math.abs(limit),
    shape: ({ bytes, document }: { bytes: Buffer; document: Document }) =>
      project ? encodeDocument(project(document)) : bytes,
    batchSize: args.count('batchSize'),
    single: singleBatch,
    maxTimeMS: args.count('maxTimeMS'),
  };
  args.finish();
  return plan;
}

function* shaped(plan: FindPlan): IterableIterator<Buffer> {
  if (!plan.collection) return;
  for (const found of withinTime(select(plan.collection, plan), plan.maxTimeMS)) yield plan.shape(found);
}

const find: Command = {
  writes: false,
  run: (context, args) => {
    const plan = parseFind(context, args);
    if (plan.collection) planFor(plan.collection, plan.filter, plan.sort, plan.hint);
    return context.cursors.first(plan.namespace, shaped(plan), plan.batchSize, plan.single);
  },
};

const getMore: Command = {
  writes: false,
  run: (context, args) => {
    const id = args.value('getMore');
    if (typeof id !== 'bigint')
      throw new CommandError(
        'TypeMismatch',
        "BSON field 'getMore.getMore' is the wrong type, expected type 'long'",
      );
    const namespace = `${context.database}.${args.string('collection')}`;
    const batchSize = args.count('batchSize');
    args.ignore('maxTimeMS');
    args.finish();
    return context.cursors.next(id, namespace, batchSize);
  },
};

const killCursors: Command = {
  writes: false,
  run: (context, args) => {
    args.string('killCursors');
    const ids = (args.array('cursors') ?? []).filter((id) => typeof id === 'bigint');
    args.finish();
    const killed = ids.filter((id) => context.cursors.kill(id));
    const cursorsNotFound = ids.filter((id) => !killed.includes(id));
    return documentOf({ cursorsKilled: killed, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
  },
};

const count: Command = {
  writes: false,
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('count'));
    const query = args.document('query') ?? NOTHING;
    const filter = parseFilter(query);
    const limit = Math.abs(integerOf(args.value('limit')) ?? 0);
    const options = {
      filter,
      sort: [],
      hint: args.value('hint'),
      skip: args.count('skip') ?? 0,
      limit: limit === 0 ? Infinity : limit,
    };
    const maxTimeMS = args.count('maxTimeMS');
    args.readConcern();
    args.simpleCollation();
    args.finish();
    let n = 0;
    if (collection && query.size === 0 && options.hint === undefined)
      n = Math.min(Math.max(collection.count() - options.skip, 0), options.limit);
    else if (collection) for (const _ of withinTime(select(collection, options), maxTimeMS)) n++;
    return documentOf({ n: int32(n) });
  },
};

const distinct: Command = {
  writes: false,
  run: (context, args) => {
    const collection = context.catalog.find(context.database, args.string('distinct'));
    const parts = splitPath(args.string('key'));
    const filter = parseFilter(args.document('query') ?? NOTHING);
    const hint = args.value('hint');
    const maxTimeMS = args.count('maxTimeMS');
    args.readConcern();
    args.simpleCollation();
    args.finish();
    const values = new Map<string, Value>();
    for (const { document } of collection
      ? withinTime(select(collection, { filter, sort: [], hint }), maxTimeMS)
      : []) {
      visitPath(document, parts, true, (value) => {
        // An array at the end counts by its elements; arrays inside it are values.
        for (const element of isArray(value) ? value : value === undefined ? [] : [value]) {
          const key = keyOf(element).toString('latin1');
          if (!values.has(key)) values.set(key, element);
        }
        return false;
      });
    }
    return documentOf({ values: [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value) });
  },
};

export const readCommands: Record<string, Command> = { find, getMore, killCursors, count, distinct };
