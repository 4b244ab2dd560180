import { type Document, type Value } from '../../bson/values.js';
import { type KeyField } from '../index/keys.js';
/** One compiled stage. */
export interface Stage {
    /** Begins to read when the first of its documents is asked for, or before. */
    readonly run: (input: Iterable<Document>) => Iterable<Document>;
    /** What the planner may do instead, when the stage comes first. */
    readonly match?: Document;
    readonly sort?: readonly KeyField[];
    /** Set when no field of a document is looked at: they are handed on, or only counted. */
    readonly blind?: 'hands-on' | 'counts';
}
/** The stages there are. */
export declare const STAGES: Readonly<Record<string, (specification: Value) => Stage>>;
/** Understands a whole pipeline before the first document is read. @throws CommandError 115 for stages outside the subset */
export declare function parsePipeline(stages: readonly Value[]): Stage[];
/** Whether the documents that come in are counted and nothing else. */
export declare function onlyCounts(stages: readonly Stage[]): boolean;
export declare function runPipeline(stages: readonly Stage[], input: Iterable<Document>): Iterable<Document>;
/** The documents with the bytes that they take. */
export declare function encoded(documents: Iterable<Document>): Iterable<{
    document: Document;
    bytes: Buffer;
}>;
