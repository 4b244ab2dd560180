import type { Document } from '../../bson/values.js';
import type { Catalog } from '../catalog.js';
import type { KeyField } from '../index/keys.js';

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
