import { DamagedDatabaseError, WriteFailedError, badValue } from '../errors.js';
import { errorReply, runCommand } from '../commands/run.js';
import { Cursors } from '../commands/cursors.js';
import { Catalog } from '../engine/catalog.js';
import { expiredDocuments } from '../engine/expiry.js';
import { Sweep } from './sweep.js';
/**
 * Runs requests one after the other. All that arrived in one tick share one transaction, so that one sync makes
 * them all durable; they are answered after it.
 */
export class Executor {
    store;
    catalog;
    cursors = new Cursors();
    queue = [];
    scheduled = false;
    sweep;
    sweepScheduled = false;
    /** The requests of this batch that wait for a sweep behind it. */
    emptying = new Set();
    /** Set when stored bytes proved wrong: nothing is answered from them any more. */
    damage;
    constructor(store) {
        this.store = store;
        this.catalog = new Catalog(store);
        this.sweep = new Sweep(store);
    }
    submit(task) {
        this.queue.push(task);
        if (this.scheduled)
            return;
        this.scheduled = true;
        setImmediate(() => {
            this.runBatch();
        });
    }
    /** Runs what is waiting; afterwards everything accepted is durable and answered. */
    flush() {
        while (this.queue.length > 0 || this.sweep.isWanted) {
            this.runBatch();
            this.sweepStep();
        }
    }
    /** Removes what TTL indexes let expire by `now`, in a batch of its own. */
    expire(now) {
        this.flush();
        if (this.damage)
            return;
        try {
            const work = expiredDocuments(this.catalog, now);
            if (work.length === 0)
                return;
            this.store.begin();
            for (const { collection, found } of work)
                collection.delete(found);
            this.store.commit();
        }
        catch (error) {
            this.recover(error);
        }
    }
    /** Leaves nothing in the log that was deleted or overwritten before, as far as nobody reads from it. @param isThorough nor anywhere in the file, in a while */
    tidy(isThorough = false) {
        this.flush();
        if (this.damage || !this.store.log.isUsed)
            return;
        this.store.emptyLog();
        if (isThorough)
            this.sweep.ask(() => undefined);
        this.scheduleSweep();
    }
    /** Refuses everything from now on. */
    markDamaged(error) {
        this.damage ??= error;
    }
    runBatch() {
        this.scheduled = false;
        const tasks = this.queue;
        this.queue = [];
        let replies;
        try {
            replies = tasks.map(({ request }) => this.run(request));
            this.store.commit();
        }
        catch (error) {
            // The batch is lost as a whole: nobody may be told otherwise, also not those who only read what it had written.
            this.recover(error);
            replies = tasks.map(() => errorReply(error));
        }
        for (const [index, task] of tasks.entries()) {
            const reply = replies[index] ?? errorReply(undefined);
            if (this.emptying.delete(task.request) && reply.get('ok') === 1)
                this.sweep.ask((error) => task.answer(error === undefined ? reply : errorReply(error)));
            else
                task.answer(reply);
        }
        this.scheduleSweep();
    }
    run(request) {
        try {
            const { body, sequences, database } = request;
            if (this.damage)
                throw this.damage;
            const named = database ?? body.get('$db');
            if (typeof named !== 'string')
                throw badValue('A command must say its $db');
            const { catalog, cursors, store } = this;
            const emptyLog = () => void this.emptying.add(request);
            return runCommand(body, { catalog, cursors, database: named, sequences, emptyLog }, (work) => store.atomically(work));
        }
        catch (error) {
            const fatal = error instanceof WriteFailedError || error instanceof DamagedDatabaseError;
            if (fatal && this.store.writing)
                throw error;
            if (error instanceof DamagedDatabaseError)
                this.markDamaged(error);
            // A refused command may have made a collection before: what memory holds follows the store.
            if (this.store.undone())
                this.catalog.reload();
            return errorReply(error);
        }
    }
    /** Between batches; a step of it each time, so that nobody waits for all. */
    scheduleSweep() {
        if (this.sweepScheduled || !this.sweep.isWanted)
            return;
        this.sweepScheduled = true;
        setImmediate(() => {
            this.sweepScheduled = false;
            this.sweepStep();
            this.scheduleSweep();
        });
    }
    sweepStep() {
        try {
            this.sweep.step();
        }
        catch (error) {
            this.recover(error);
        }
    }
    recover(error) {
        if (error instanceof DamagedDatabaseError)
            this.markDamaged(error);
        try {
            this.store.rollback();
            this.catalog.reload();
        }
        catch (failure) {
            this.markDamaged(failure instanceof Error ? failure : new Error('rollback failed'));
        }
    }
}
//# sourceMappingURL=executor.js.map