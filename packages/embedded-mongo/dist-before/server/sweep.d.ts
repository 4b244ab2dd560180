import type { SqliteStore } from '../store/sqlite-store.js';
/** Is told how a sweep has ended: with an error when something is left. */
export type SweepListener = (error?: Error) => void;
/**
 * Goes through the whole file, a little at a time, overwrites what nothing needs, and empties the log at last. Whoever asks for it while it is under way
 * waits for another one: what they have deleted may have been passed.
 */
export declare class Sweep {
    private readonly store;
    private page;
    private listeners;
    private waiting;
    constructor(store: SqliteStore);
    get isWanted(): boolean;
    ask(listener: SweepListener): void;
    /** Never throws but for damage. */
    step(): void;
    private end;
}
