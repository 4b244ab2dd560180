import { CommandError, DamagedDatabaseError } from '../errors.js';
/** Pages that are looked through at once, about a millisecond: others wait for it. */
const PAGES_PER_BATCH = 128;
/**
 * Goes through the whole file, a little at a time, overwrites what nothing needs, and empties the log at last. Whoever asks for it while it is under way
 * waits for another one: what they have deleted may have been passed.
 */
export class Sweep {
    store;
    page;
    listeners = [];
    waiting = [];
    constructor(store) {
        this.store = store;
    }
    get isWanted() {
        return this.page !== undefined || this.waiting.length > 0;
    }
    ask(listener) {
        this.waiting.push(listener);
    }
    /** Never throws but for damage. */
    step() {
        if (this.page === undefined) {
            if (this.waiting.length === 0)
                return;
            [this.page, this.listeners, this.waiting] = [1, this.waiting, []];
        }
        try {
            this.page = this.store.overwriteUnused(this.page, PAGES_PER_BATCH);
            if (this.page !== undefined)
                return;
            this.end(this.store.emptyLog() ? undefined : new CommandError('LockBusy', 'The log is being read: try again.'));
        }
        catch (error) {
            this.end(error instanceof Error ? error : new Error('unknown failure'));
            if (error instanceof DamagedDatabaseError)
                throw error;
        }
    }
    end(error) {
        const { listeners } = this;
        this.page = undefined;
        this.listeners = [];
        for (const listener of listeners)
            listener(error);
    }
}
//# sourceMappingURL=sweep.js.map