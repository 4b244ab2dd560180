import { type Document } from '../bson/values.js';
/** The results that clients have not fetched completely. */
export declare class Cursors {
    private readonly open;
    /** No id of an earlier start comes again: its client must not get what another asked for. */
    private lastId;
    /** Answers the first batch and keeps the rest for getMore, unless `single`. */
    first(namespace: string, items: Iterator<Buffer>, batchSize?: number, single?: boolean): Document;
    /** @throws CommandError 43 when the cursor is unknown or was closed */
    next(id: bigint, namespace: string, batchSize?: number): Document;
    /** Returns whether the cursor was open. */
    kill(id: bigint): boolean;
    private batch;
}
