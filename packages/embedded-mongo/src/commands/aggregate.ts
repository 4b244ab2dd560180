import { encodeDocument } from '../bson/encode.js';
import { isDocument, type Document, type Value } from '../bson/values.js';
import { CommandError, unsupported } from '../errors.js';
import type { Collection } from '../engine/collection.js';
import { parsePipeline, runPipeline } from '../engine/aggregate/pipeline.js';
import type { Stage } from '../engine/aggregate/stage.js';
import { parseFilter } from '../engine/filter/parse.js';
import { integerOf } from '../bson/numbers.js';
import type { Command } from './context.js';
import { withinTime } from './deadline.js';
import { select } from './query.js';

const NOTHING: Document = new Map();

/** Leading `$match` and `$sort` stages are left to the query planner, which may have an index for them. */
function source(
  collection: Collection,
  stages: readonly Stage[],
  hint: Value | undefined,
): { documents: Iterable<Document>; rest: readonly Stage[] } {
  const [first] = stages;
  const filter = parseFilter(first?.match ?? NOTHING);
  let rest = first?.match ? stages.slice(1) : stages;
  const [next] = rest;
  const sort = next?.sort ?? [];
  if (next?.sort) rest = rest.slice(1);
  const limit = next?.sort ? rest[0]?.limit : undefined;
  const found = select(collection, { filter, sort, hint, limit });
  return { documents: documentsOf(found), rest };
}

function* documentsOf(found: Iterable<{ document: Document }>): IterableIterator<Document> {
  for (const { document } of found) yield document;
}

function* encoded(documents: Iterable<Document>): IterableIterator<Buffer> {
  for (const document of documents) yield encodeDocument(document);
}

const aggregate: Command = {
  writes: false,
  run: (context, args) => {
    if (integerOf(args.value('aggregate')) === 1) throw unsupported('aggregation without a collection');
    const name = args.string('aggregate');
    const stages = parsePipeline(args.array('pipeline') ?? [], {
      catalog: context.catalog,
      database: context.database,
      now: Date.now(),
    });
    const cursor = args.document('cursor');
    const batchSize = cursor?.get('batchSize');
    const hint = args.value('hint');
    const maxTimeMS = args.count('maxTimeMS');
    args.readConcern();
    args.writeConcern();
    args.simpleCollation();
    args.ignore('allowDiskUse', 'bypassDocumentValidation');
    args.refuseUnlessFalsy('let', 'explain');
    args.finish();
    if (!cursor)
      throw new CommandError(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    const other = [...cursor.keys()].find((key) => key !== 'batchSize');
    if (other !== undefined) throw unsupported(`the cursor option '${other}'`);
    const collection = context.catalog.find(context.database, name);
    const { documents, rest } = collection
      ? source(collection, stages, hint)
      : { documents: [], rest: stages };
    const results = runPipeline(rest, withinTime(documents, maxTimeMS));
    return context.cursors.first(
      `${context.database}.${name}`,
      encoded(results),
      isDocument(batchSize) ? undefined : integerOf(batchSize),
    );
  },
};

export const aggregateCommands: Record<string, Command> = { aggregate };
