import type { Document } from '../bson/values.js';
import { DamagedDatabaseError, WriteFailedError, badValue } from '../errors.js';
import { errorReply, runCommand } from '../commands/run.js';
import { Cursors } from '../commands/cursors.js';
import { Catalog } from '../engine/catalog.js';
import { expiredDocuments, MAX_EXPIRED_AT_ONCE } from '../engine/expiry.js';
import type { SqliteStore } from '../store/sqlite-store.js';
import type { Request } from './framing.js';
import { Sweep } from './sweep.js';

export interface Task {
  readonly request: Request;
  /** Takes the reply, once everything it tells is durable. */
  readonly answer: (reply: Document) => void;
}

/**
 * Runs requests one after the other. All that arrived in one tick share one transaction, so that one sync makes
 * them all durable; they are answered after it.
 */
export class Executor {
  private readonly catalog: Catalog;
  private readonly cursors = new Cursors();
  private queue: Task[] = [];
  private scheduled = false;
  private readonly sweep: Sweep;
  private sweepScheduled = false;
  /** Up to when documents have to have expired that are going. */
  private expiringUntil: number | undefined;
  /** The requests of this batch that wait for a sweep behind it. */
  private readonly emptying = new Set<Request>();
  /** Set when stored bytes proved wrong: nothing is answered from them any more. */
  private damage: Error | undefined;

  constructor(private readonly store: SqliteStore) {
    this.catalog = new Catalog(store);
    this.sweep = new Sweep(store);
  }

  submit(task: Task): void {
    this.queue.push(task);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.runBatch();
    });
  }

  /** Runs what is waiting, before everything ends: all that was accepted is durable and answered, and nothing more is done by itself. */
  flush(): void {
    this.expiringUntil = undefined;
    while (this.queue.length > 0 || this.sweep.isWanted) {
      this.runBatch();
      this.sweepStep();
    }
  }

  /** Removes what TTL indexes let expire by `now`, in batches of its own: some at once, the rest with others served in between. */
  expire(now: number): void {
    // Between two batches of them: it goes on by itself, and not twice at once.
    const isUnderWay = this.expiringUntil !== undefined;
    this.expiringUntil = now;
    if (!isUnderWay) this.expireSome();
  }

  private expireSome(): void {
    const now = this.expiringUntil;
    if (now === undefined) return;
    this.runWaiting();
    this.expiringUntil = undefined;
    if (this.damage) return;
    try {
      const work = expiredDocuments(this.catalog, now);
      if (work.length === 0) return;
      this.store.begin();
      for (const { collection, found } of work) collection.delete(found);
      this.store.commit();
      if (work.length < MAX_EXPIRED_AT_ONCE) return;
      this.expiringUntil = now;
      setImmediate(() => {
        this.expireSome();
      });
    } catch (error) {
      this.recover(error);
    }
  }

  /** Leaves nothing in the log that was deleted or overwritten before, as far as nobody reads from it. @param isThorough nor anywhere in the file, in a while */
  tidy(isThorough = false): void {
    this.runWaiting();
    if (this.damage || !this.store.log.isUsed) return;
    this.store.emptyLog();
    if (isThorough) this.sweep.ask(() => undefined);
    this.scheduleSweep();
  }

  /** Refuses everything from now on. */
  markDamaged(error: Error): void {
    this.damage ??= error;
  }

  /** Not a sweep, which may take long: it goes on by itself. */
  private runWaiting(): void {
    while (this.queue.length > 0) this.runBatch();
  }

  private runBatch(): void {
    this.scheduled = false;
    const tasks = this.queue;
    this.queue = [];
    let replies: Document[];
    try {
      replies = tasks.map(({ request }) => this.run(request));
      this.store.commit();
    } catch (error) {
      // The batch is lost as a whole: nobody may be told otherwise, also not those who only read what it had written.
      this.recover(error);
      replies = tasks.map(() => errorReply(error));
    }
    for (const [index, task] of tasks.entries()) {
      const reply = replies[index] ?? errorReply(undefined);
      if (this.emptying.delete(task.request) && reply.get('ok') === 1)
        this.sweep.ask((error) => task.answer(error === undefined ? reply : errorReply(error)));
      else task.answer(reply);
    }
    this.scheduleSweep();
  }

  private run(request: Request): Document {
    try {
      const { body, sequences, database } = request;
      if (this.damage) throw this.damage;
      const named = database ?? body.get('$db');
      if (typeof named !== 'string') throw badValue('A command must say its $db');
      const { catalog, cursors, store } = this;
      const emptyLog = () => void this.emptying.add(request);
      return runCommand(body, { catalog, cursors, database: named, sequences, emptyLog }, (work) =>
        store.atomically(work),
      );
    } catch (error) {
      const fatal = error instanceof WriteFailedError || error instanceof DamagedDatabaseError;
      if (fatal && this.store.writing) throw error;
      if (error instanceof DamagedDatabaseError) this.markDamaged(error);
      // A refused command may have made a collection before: what memory holds follows the store.
      if (this.store.undone()) this.catalog.reload();
      return errorReply(error);
    }
  }

  /** Between batches; a step of it each time, so that nobody waits for all. */
  private scheduleSweep(): void {
    if (this.sweepScheduled || !this.sweep.isWanted) return;
    this.sweepScheduled = true;
    setImmediate(() => {
      this.sweepScheduled = false;
      this.sweepStep();
      this.scheduleSweep();
    });
  }

  private sweepStep(): void {
    try {
      this.sweep.step();
    } catch (error) {
      this.recover(error);
    }
  }

  private recover(error: unknown): void {
    if (error instanceof DamagedDatabaseError) this.markDamaged(error);
    try {
      this.store.rollback();
      this.catalog.reload();
    } catch (failure) {
      this.markDamaged(failure instanceof Error ? failure : new Error('rollback failed'));
    }
  }
}
