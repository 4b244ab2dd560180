import { encodeDocument } from '../bson/encode.js';
import type { Document } from '../bson/values.js';
import { parsePipeline, runPipeline, type Stage } from '../engine/aggregate/pipeline.js';
import type { Collection } from '../engine/collection.js';
import { parseFilter } from '../engine/filter/parse.js';
import { CommandError, unsupported } from '../errors.js';
import type { Command } from './context.js';
import { select } from './query.js';

const NOTHING: Document = new Map();

const aggregate: Command = {
  writes: false,
  options: ['pipeline', 'cursor'],
  run: (context, args) => {
    if (typeof args.value('aggregate') !== 'string') throw unsupported('aggregation without a collection');
    const name = args.string('aggregate');
    const stages = parsePipeline(args.array('pipeline') ?? []);
    if (args.value('cursor') === undefined)
      throw new CommandError(
        'FailedToParse',
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    const collection = context.catalog.find(context.database, name);
    return context.cursors.first(
      `${context.database}.${name}`,
      encoded(collection ? results(collection, stages) : runPipeline(stages, [])),
      args.cursorBatchSize(),
    );
  },
};

/** Leading `$match` and `$sort` stages are left to the query planner, which may have an index for them. */
function results(collection: Collection, stages: readonly Stage[]): Iterable<Document> {
  const match = stages[0]?.match;
  const afterMatch = match ? stages.slice(1) : stages;
  const sort = afterMatch[0]?.sort;
  const found = select(collection, { filter: parseFilter(match ?? NOTHING), sort });
  return runPipeline(sort ? afterMatch.slice(1) : afterMatch, documentsOf(found));
}

function* documentsOf(found: Iterable<{ document: Document }>): IterableIterator<Document> {
  for (const { document } of found) yield document;
}

function* encoded(documents: Iterable<Document>): IterableIterator<Buffer> {
  for (const document of documents) yield encodeDocument(document);
}

export const aggregateCommands: Record<string, Command> = { aggregate };
