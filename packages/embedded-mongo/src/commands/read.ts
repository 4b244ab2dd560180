import { encodeDocument } from '../bson/encode.js';
import { documentOf, type Document } from '../bson/values.js';
import type { Arguments } from '../engine/arguments.js';
import type { Collection } from '../engine/collection.js';
import { parseFilter } from '../engine/filter/parse.js';
import { parsePattern } from '../engine/index/keys.js';
import { parseProjection } from '../engine/projection.js';
import { CommandError } from '../errors.js';
import { reads, type Command, type CommandContext } from './context.js';
import { answers, type AnswerOptions } from './query.js';

/** What a `find` will do. */
export interface FindPlan extends AnswerOptions {
  readonly collection: Collection | undefined;
  readonly project: ((document: Document) => Document) | undefined;
  readonly namespace: string;
}

export const FIND_OPTIONS = ['filter', 'sort', 'projection', 'limit', 'singleBatch', 'batchSize'] as const;

/** @throws CommandError for what is malformed or outside the subset */
export function parseFind(context: CommandContext, args: Arguments): FindPlan {
  const name = args.string('find');
  const projection = parseProjection(args.document('projection'));
  return {
    collection: context.catalog.find(context.database, name),
    namespace: `${context.database}.${name}`,
    filter: parseFilter(args.document('filter')),
    sort: parsePattern(args.document('sort')),
    limit: args.count('limit'),
    project: projection?.project,
    names: projection?.names,
  };
}

function* found({ collection, project, ...query }: FindPlan): IterableIterator<Buffer> {
  if (!collection) return;
  for (const { document, record } of answers(collection, query))
    yield record && !project ? record.bytes : encodeDocument(project?.(document) ?? document);
}

const find = reads(FIND_OPTIONS, (context, args) => {
  const plan = parseFind(context, args);
  const [batchSize, single] = [args.count('batchSize'), args.flag('singleBatch')];
  return context.cursors.first(plan.namespace, found(plan), batchSize, single);
});

const getMore = reads(['collection', 'batchSize'], ({ cursors, database }, args) => {
  const id = args.value('getMore');
  if (typeof id !== 'bigint') throw new CommandError('TypeMismatch', 'The id of a cursor must be a long');
  return cursors.next(id, `${database}.${args.string('collection')}`, args.count('batchSize'));
});

const killCursors = reads(['cursors'], ({ cursors }, args) => {
  const ids = args.array('cursors').filter((id) => typeof id === 'bigint');
  return documentOf({ cursorsKilled: ids.filter((id) => cursors.kill(id)) });
});

export const readCommands: Record<string, Command> = { find, getMore, killCursors };
