import type { Document, Value } from '../../bson/values.js';
import { isDocument } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import type { Catalog } from '../catalog.js';
import type { KeyField } from '../index/keys.js';
import { sortStage } from './sort-stage.js';
import { parseStage } from './stages.js';

/** What stages may use beside their input. */
export interface PipelineContext {
  readonly catalog: Catalog;
  readonly database: string;
  readonly now: number;
}

/** One compiled stage. */
export interface Stage {
  readonly run: (input: Iterable<Document>) => Iterable<Document>;
  /** What the planner may do instead, when the stage comes first. */
  readonly match?: Document;
  readonly sort?: readonly KeyField[];
  readonly limit?: number;
}

/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export function parsePipeline(stages: readonly Value[], context: PipelineContext, inFacet = false): Stage[] {
  const parsed = stages.map((stage) => {
    if (!isDocument(stage))
      throw new CommandError('TypeMismatch', "Each element of the 'pipeline' array must be an object");
    if (stage.size !== 1)
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const [[name, specification] = ['', null]] = stage;
    return parseStage(name, specification, context, inFacet);
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
