import { encodeDocument } from '../bson/encode.js';
import type { Document } from '../bson/values.js';
import { onlyCounts, parsePipeline, runPipeline, type Stage } from '../engine/aggregate/pipeline.js';
import type { Collection } from '../engine/collection.js';
import { parseFilter } from '../engine/filter/parse.js';
import { planQuery } from '../engine/index/planner.js';
import { unsupported } from '../errors.js';
import { reads, type Command } from './context.js';
import { select } from './query.js';

const NOTHING: Document = new Map();

const aggregate = reads(['pipeline', 'cursor'], ({ catalog, cursors, database }, args) => {
  const name = args.value('aggregate');
  if (typeof name !== 'string') throw unsupported('aggregation without a collection');
  const stages = parsePipeline(args.array('pipeline'));
  const collection = catalog.find(database, name);
  const results = collection ? resultsOf(collection, stages) : runPipeline(stages, []);
  return cursors.first(`${database}.${name}`, bytesOf(results), args.cursorBatchSize());
});

/** A leading `$match` is left to the query planner, which may have an index for it. */
function resultsOf(collection: Collection, stages: readonly Stage[]): Iterable<Document> {
  const match = stages[0]?.match;
  const afterMatch = match ? stages.slice(1) : stages;
  const filter = parseFilter(match ?? NOTHING);
  if (onlyCounts(afterMatch)) {
    const plan = planQuery(filter, [], collection.indexes);
    if (plan.exact) return runPipeline(afterMatch, blanksFor(collection.keys(plan)));
  }
  return runPipeline(afterMatch, documentsOf(select(collection, { filter })));
}

/** A document without anything for each. */
function* blanksFor(found: Iterable<unknown>): IterableIterator<Document> {
  for (const _ of found) yield NOTHING;
}

function* documentsOf(found: Iterable<{ document: Document }>): IterableIterator<Document> {
  for (const { document } of found) yield document;
}

function* bytesOf(documents: Iterable<Document>): IterableIterator<Buffer> {
  for (const document of documents) yield encodeDocument(document);
}

export const aggregateCommands: Record<string, Command> = { aggregate };
