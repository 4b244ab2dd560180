import { integerOf } from '../../bson/numbers.js';
import { isDocument, isNumber, type Document, type Value } from '../../bson/values.js';
import { badValue, known } from '../../errors.js';
import { parseFilter } from '../filter/parse.js';
import { groupStage } from './group.js';

/** One compiled stage. */
export interface Stage {
  /** Begins to read when the first of its documents is asked for, or before. */
  readonly run: (input: Iterable<Document>) => Iterable<Document>;
  /** What the planner may do instead, when the stage comes first. */
  readonly match?: Document;
  /** Set when no field of a document is looked at: they are handed on, or only counted. */
  readonly blind?: 'hands-on' | 'counts';
}

/** The stages there are. */
export const STAGES: Readonly<Record<string, (specification: Value) => Stage>> = {
  $match: (specification) => matchStage(objectOf(specification)),
  $group: (specification) => groupStage(objectOf(specification)),
  $limit: limitStage,
};

/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export function parsePipeline(stages: readonly Value[]): Stage[] {
  return stages.map((stage) => {
    const [[name, specification] = ['', null], ...others] = objectOf(stage);
    if (others.length > 0) throw badValue('A stage must contain exactly one field.');
    return known(STAGES, 'aggregation stage', name)(specification);
  });
}

/** Whether the documents that come in are counted and nothing else. */
export function onlyCounts(stages: readonly Stage[]): boolean {
  return stages.find(({ blind }) => blind !== 'hands-on')?.blind === 'counts';
}

export function runPipeline(stages: readonly Stage[], input: Iterable<Document>): Iterable<Document> {
  return stages.reduce((documents, stage) => stage.run(documents), input);
}

function objectOf(value: Value): Document {
  if (isDocument(value)) return value;
  throw badValue('A stage and its specification must be objects');
}

function matchStage(specification: Document): Stage {
  const filter = parseFilter(specification);
  return {
    match: specification,
    run: function* (input) {
      for (const document of input) if (filter.matches(document)) yield document;
    },
  };
}

function limitStage(specification: Value): Stage {
  const count = isNumber(specification) ? integerOf(specification) : undefined;
  if (count === undefined || count < 1) throw badValue('$limit must be a positive integer');
  return {
    blind: 'hands-on',
    run: function* (input) {
      let position = 0;
      for (const document of input) {
        yield document;
        if (++position >= count) return;
      }
    },
  };
}
