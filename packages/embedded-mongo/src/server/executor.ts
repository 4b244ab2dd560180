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
  private upkeepScheduled = false;
  /** Up to when documents have to have expired that are going. */
  private expiringUntil: number | undefined;
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
      this.upkeep();
    }
  }

  /** Removes what TTL indexes let expire by `now`: some at once, the rest in batches with others served in between. */
  expire(now: number): void {
    const isUnderWay = this.expiringUntil !== undefined;
    this.expiringUntil = now;
    if (!isUnderWay) this.upkeep();
  }

  /** Leaves nothing in the log that was deleted or overwritten before, as far as nobody reads from it. @param isThorough nor anywhere in the file, in a while */
  tidy(isThorough = false): void {
    if (this.damage || !this.store.isLogUsed) return;
    this.store.emptyLog();
    if (isThorough) this.sweep.ask(() => undefined);
    this.scheduleUpkeep();
  }

  /** Refuses everything from now on. */
  markDamaged(error: Error): void {
    this.damage ??= error;
  }

  private runBatch(): void {
    this.scheduled = false;
    const tasks = this.queue;
    this.queue = [];
    let answers: (readonly [Task, Document])[];
    try {
      answers = tasks.map((task) => [task, this.run(task.request)]);
      this.store.commit();
    } catch (error) {
      // The batch is lost as a whole: nobody may be told otherwise, also not those who only read what it had written.
      this.recover(error);
      answers = tasks.map((task) => [task, errorReply(error)]);
    }
    for (const [task, reply] of answers) {
      // Answered when nothing is left in any file of what was deleted before.
      if (task.request.body.has('fsync') && reply.get('ok') === 1)
        this.sweep.ask((error) => task.answer(error === undefined ? reply : errorReply(error)));
      else task.answer(reply);
    }
    this.scheduleUpkeep();
  }

  private run(request: Request): Document {
    try {
      const { body } = request;
      const database = body.get('$db');
      if (this.damage) throw this.damage;
      if (typeof database !== 'string') throw badValue('A command must say its $db');
      const { catalog, cursors, store } = this;
      // A refused command may have made a collection before: what memory holds follows the store.
      return runCommand(body, { catalog, cursors, database }, (work) =>
        store.atomically(work, () => catalog.reload()),
      );
    } catch (error) {
      const fatal = error instanceof WriteFailedError || error instanceof DamagedDatabaseError;
      if (fatal && this.store.writing) throw error;
      if (error instanceof DamagedDatabaseError) this.markDamaged(error);
      return errorReply(error);
    }
  }

  private scheduleUpkeep(): void {
    if (this.upkeepScheduled || (this.expiringUntil === undefined && !this.sweep.isWanted)) return;
    this.upkeepScheduled = true;
    setImmediate(() => {
      this.upkeepScheduled = false;
      this.upkeep();
    });
  }

  /** A step of what is done by itself, between batches, so that nobody waits for all of it. */
  private upkeep(): void {
    try {
      if (this.expiringUntil !== undefined) this.expireSome(this.expiringUntil);
      this.sweep.step();
    } catch (error) {
      this.recover(error);
    }
    this.scheduleUpkeep();
  }

  private expireSome(until: number): void {
    this.expiringUntil = undefined;
    if (this.damage) return;
    const work = expiredDocuments(this.catalog, until);
    if (work.length === 0) return;
    this.store.begin();
    for (const { collection, found } of work) collection.delete(found);
    this.store.commit();
    if (work.length === MAX_EXPIRED_AT_ONCE) this.expiringUntil = until;
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
