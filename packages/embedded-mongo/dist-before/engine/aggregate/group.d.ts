import { type Document, type Value } from '../../bson/values.js';
import type { Stage } from './pipeline.js';
/** Gathers one value per document that has one. */
interface Accumulator {
    readonly empty: () => Value;
    readonly add: (gathered: Value, value: Value) => Value;
    /** Whether it keeps the values, which then count for the memory limit. */
    readonly keeps: boolean;
}
/** The accumulators there are. What is no number does not count for a sum. */
export declare const ACCUMULATORS: Readonly<Record<string, Accumulator>>;
/** Collects documents by the value of `_id`; groups come out in the order their first document came in. */
export declare function groupStage(specification: Document): Stage;
export {};
