import { encodeDocument } from '../bson/encode.js';
import { documentOf, type Document } from '../bson/values.js';
import type { Collection } from '../engine/collection.js';
import type { FilterNode } from '../engine/filter/node.js';
import { parseFilter } from '../engine/filter/parse.js';
import type { KeyField } from '../engine/index/keys.js';
import { parseProjection } from '../engine/projection.js';
import { parseSort } from '../engine/sort.js';
import { CommandError } from '../errors.js';
import type { Arguments } from './arguments.js';
import type { Command, CommandContext } from './context.js';
import { select } from './query.js';

/** What a `find` will do. */
export interface FindPlan {
  readonly collection: Collection | undefined;
  readonly namespace: string;
  readonly filter: FilterNode;
  readonly sort: readonly KeyField[];
  readonly limit: number;
  readonly project: ((document: Document) => Document) | undefined;
}

export const FIND_OPTIONS = ['filter', 'sort', 'projection', 'limit', 'singleBatch', 'batchSize'] as const;

/** @throws CommandError for what is malformed or outside the subset */
export function parseFind(context: CommandContext, args: Arguments): FindPlan {
  const name = args.string('find');
  const limit = args.count('limit') ?? 0;
  return {
    collection: context.catalog.find(context.database, name),
    namespace: `${context.database}.${name}`,
    filter: parseFilter(args.document('filter')),
    sort: parseSort(args.document('sort')),
    limit: limit === 0 ? Infinity : limit,
    project: parseProjection(args.document('projection')),
  };
}

function* found({ collection, project, ...query }: FindPlan): IterableIterator<Buffer> {
  if (!collection) return;
  for (const { bytes, document } of select(collection, query))
    yield project ? encodeDocument(project(document)) : bytes;
}

const find: Command = {
  writes: false,
  options: FIND_OPTIONS,
  run: (context, args) => {
    const plan = parseFind(context, args);
    return context.cursors.first(
      plan.namespace,
      found(plan),
      args.count('batchSize'),
      args.flag('singleBatch'),
    );
  },
};

const getMore: Command = {
  writes: false,
  options: ['collection', 'batchSize'],
  run: (context, args) => {
    const id = args.value('getMore');
    if (typeof id !== 'bigint')
      throw new CommandError(
        'TypeMismatch',
        "BSON field 'getMore.getMore' is the wrong type, expected type 'long'",
      );
    return context.cursors.next(
      id,
      `${context.database}.${args.string('collection')}`,
      args.count('batchSize'),
    );
  },
};

const killCursors: Command = {
  writes: false,
  options: ['cursors'],
  run: (context, args) => {
    const ids = (args.array('cursors') ?? []).filter((id) => typeof id === 'bigint');
    const killed = ids.filter((id) => context.cursors.kill(id));
    const cursorsNotFound = ids.filter((id) => !killed.includes(id));
    return documentOf({ cursorsKilled: killed, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [] });
  },
};

export const readCommands: Record<string, Command> = { find, getMore, killCursors };
