import type { Document } from '../bson/values.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import type { Request } from './framing.js';
export interface Task {
    readonly request: Request;
    /** Takes the reply, once everything it tells is durable. */
    readonly answer: (reply: Document) => void;
}
/**
 * Runs requests one after the other. All that arrived in one tick share one transaction, so that one sync makes
 * them all durable; they are answered after it.
 */
export declare class Executor {
    private readonly store;
    private readonly catalog;
    private readonly cursors;
    private queue;
    private scheduled;
    private readonly sweep;
    private sweepScheduled;
    /** The requests of this batch that wait for a sweep behind it. */
    private readonly emptying;
    /** Set when stored bytes proved wrong: nothing is answered from them any more. */
    private damage;
    constructor(store: SqliteStore);
    submit(task: Task): void;
    /** Runs what is waiting; afterwards everything accepted is durable and answered. */
    flush(): void;
    /** Removes what TTL indexes let expire by `now`, in a batch of its own. */
    expire(now: number): void;
    /** Leaves nothing in the log that was deleted or overwritten before, as far as nobody reads from it. @param isThorough nor anywhere in the file, in a while */
    tidy(isThorough?: boolean): void;
    /** Refuses everything from now on. */
    markDamaged(error: Error): void;
    private runBatch;
    private run;
    /** Between batches; a step of it each time, so that nobody waits for all. */
    private scheduleSweep;
    private sweepStep;
    private recover;
}
