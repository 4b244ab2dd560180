import { typeName } from '../../bson/types.js';
import { encodeDocument } from '../../bson/encode.js';
import { integerOf } from '../../bson/numbers.js';
import { isDocument, isNumber, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { matches } from '../filter/match.js';
import { parseFilter } from '../filter/parse.js';
import type { KeyField } from '../index/keys.js';
import { parseSort, sortDocuments } from '../sort.js';
import { valueText } from '../value-text.js';
import { groupStage } from './group.js';

/** One compiled stage. */
export interface Stage {
  readonly run: (input: Iterable<Document>) => Iterable<Document>;
  /** What the planner may do instead, when the stage comes first. */
  readonly match?: Document;
  readonly sort?: readonly KeyField[];
}

/** The stages there are. */
export const STAGES: Readonly<Record<string, (specification: Value) => Stage>> = {
  $match: (specification) => matchStage(objectOf('$match', specification)),
  $group: (specification) => groupStage(objectOf('$group', specification)),
  $sort: (specification) => sortStage(objectOf('$sort', specification)),
  $limit: limitStage,
};

/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export function parsePipeline(stages: readonly Value[]): Stage[] {
  return stages.map((stage) => {
    if (!isDocument(stage))
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const [[name, specification] = ['', null]] = stage;
    const parse = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
    if (!parse) throw unsupported(`the aggregation stage ${name}`);
    return parse(specification);
  });
}

export function runPipeline(stages: readonly Stage[], input: Iterable<Document>): Iterable<Document> {
  return stages.reduce((documents, stage) => stage.run(documents), input);
}

function objectOf(name: string, value: Value): Document {
  if (isDocument(value)) return value;
  throw new CommandError(15959, `the ${name} specification must be an object, but found ${typeName(value)}`);
}

function matchStage(specification: Document): Stage {
  const node = parseFilter(specification);
  return {
    match: specification,
    run: function* (input) {
      for (const document of input) if (matches(node, document)) yield document;
    },
  };
}

function sortStage(specification: Document): Stage {
  const sort = parseSort(specification);
  if (sort.length === 0) throw new CommandError(15976, '$sort stage must have at least one sort key');
  const access = {
    document: (item: Document) => item,
    size: (item: Document) => encodeDocument(item).length,
  };
  return { sort, run: (input) => sortDocuments(input, sort, access) };
}

function limitStage(specification: Value): Stage {
  const count = isNumber(specification) ? integerOf(specification) : undefined;
  if (count === undefined || count < 0)
    throw new CommandError(
      5107201,
      `invalid argument to $limit stage: Expected a non-negative integer in: $limit: ${valueText(specification)}`,
    );
  if (count === 0) throw new CommandError(15958, 'the limit must be positive');
  return {
    run: function* (input) {
      let position = 0;
      for (const document of input) {
        yield document;
        if (++position >= count) return;
      }
    },
  };
}
