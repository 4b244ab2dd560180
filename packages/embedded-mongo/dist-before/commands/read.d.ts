import { type Document } from '../bson/values.js';
import type { Arguments } from '../engine/arguments.js';
import type { Collection } from '../engine/collection.js';
import { type Command, type CommandContext } from './context.js';
import { type SelectOptions } from './query.js';
/** What a `find` will do. */
export interface FindPlan extends SelectOptions {
    readonly collection: Collection | undefined;
    readonly namespace: string;
    readonly project: ((document: Document) => Document) | undefined;
}
export declare const FIND_OPTIONS: readonly ["filter", "sort", "projection", "limit", "singleBatch", "batchSize"];
/** @throws CommandError for what is malformed or outside the subset */
export declare function parseFind(context: CommandContext, args: Arguments): FindPlan;
export declare const readCommands: Record<string, Command>;
