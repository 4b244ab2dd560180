import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { typeName } from '../filter/tests.js';
import { sortStage } from './sort-stage.js';
import type { PipelineContext, Stage } from './stage.js';
import { objectOf, parseStage } from './stages.js';

/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export function parsePipeline(stages: readonly Value[], context: PipelineContext, inFacet = false): Stage[] {
  const parsed = stages.map((stage) => {
    if (!isDocument(stage))
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const [[name, specification] = ['', null]] = stage;
    if (name !== '$facet') return parseStage(name, specification, context);
    if (inFacet) throw new CommandError(40600, '$facet is not allowed to be used within a $facet stage');
    return facetStage(objectOf(name, specification), context);
  });
  return parsed.map((stage, index) => withLimit(stage, parsed[index + 1]));
}

export function runPipeline(stages: readonly Stage[], input: Iterable<Document>): Iterable<Document> {
  return stages.reduce((documents, stage) => stage.run(documents), input);
}

/** A sort before a limit keeps that many documents only. */
function withLimit(stage: Stage, next: Stage | undefined): Stage {
  const { sort } = stage;
  return sort && next?.limit !== undefined
    ? { ...stage, run: (input) => sortStage(sort, input, next.limit) }
    : stage;
}

function facetStage(specification: Document, context: PipelineContext): Stage {
  if (specification.size === 0)
    throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  const facets = [...specification].map(([name, pipeline]) => {
    if (!isArray(pipeline))
      throw new CommandError(
        40170,
        `arguments to $facet must be arrays, ${name} is type ${typeName(pipeline)}`,
      );
    return { name, stages: parsePipeline(pipeline, context, true) };
  });
  return {
    run: function* (input) {
      const documents = [...input];
      yield new Map<string, Value>(
        facets.map(({ name, stages }) => [name, [...runPipeline(stages, documents)]]),
      );
    },
  };
}
