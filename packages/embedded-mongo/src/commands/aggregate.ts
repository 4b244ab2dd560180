import { encodeDocument } from '../bson/encode.js';
import { equalValues } from '../bson/key.js';
import { documentOf, int32, type Document } from '../bson/values.js';
import { Arguments } from '../engine/arguments.js';
import { parseFilter } from '../engine/filter/parse.js';
import { badValue, unsupported } from '../errors.js';
import { reads } from './context.js';
import { answers, type SelectOptions } from './query.js';

/** The stages there are, in the order in which they may stand: those by which drivers count documents. */
export const STAGES: readonly string[] = ['$match', '$limit', '$group'];

const COUNT = documentOf({ _id: int32(1), n: documentOf({ $sum: int32(1) }) });
const NO_NAMES: ReadonlySet<string> = new Set();

/** Counts, which is all that is aggregated here. */
export const aggregate = reads(['pipeline', 'cursor'], ({ catalog, cursors, database }, args) => {
  const name = args.value('aggregate');
  if (typeof name !== 'string') throw unsupported('aggregation without a collection');
  const query = parseCount(args.documents('pipeline'));
  const collection = catalog.find(database, name);
  let n = 0;
  if (collection) for (const _ of answers(collection, { ...query, names: NO_NAMES })) n++;
  const counted = n === 0 ? [] : [encodeDocument(documentOf({ _id: int32(1), n: int32(n) }))];
  return cursors.first(`${database}.${name}`, counted.values(), args.cursorBatchSize());
});

/** @throws CommandError 115 for whatever does not count */
function parseCount(stages: readonly Document[]): SelectOptions {
  const given: Document = new Map();
  let place = -1;
  for (const stage of stages) {
    const [name = ''] = stage.keys();
    if (stage.size > 1) throw badValue('A stage must contain exactly one field.');
    const next = STAGES.indexOf(name);
    if (next <= place) throw unsupported(`the aggregation stage ${name}${next < 0 ? '' : ' at this place'}`);
    place = next;
    given.set(name, stage.get(name) ?? null);
  }
  if (!equalValues(given.get('$group') ?? null, COUNT))
    throw unsupported('aggregation but with a last stage $group: { _id: 1, n: { $sum: 1 } }');
  const args = new Arguments(given, 'aggregate.pipeline', STAGES);
  const limit = args.count('$limit');
  if (limit === 0) throw badValue('$limit must be a positive integer');
  return { filter: parseFilter(args.document('$match')), limit };
}
