import { setTimeout as delay } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { BEAT, RepeatingTask } from '../../platform/repeating-task.js';
import { isDuplicateKey } from '../duplicate-key.js';
import { MigrationRefused } from './migration.js';

const COLLECTION = 'schema_migrations';
const LOCK_ID = 'lock';
/** A migration that was killed keeps others out for this long. */
export const LOCK_LEASE_MS = 30_000;
const WAIT_POLL_MS = 500;

export interface LockRecord {
  readonly _id: typeof LOCK_ID;
  readonly owner: string;
  readonly leaseUntil: Date;
}

/** The lock of a migration that is under way, if there is one. */
export async function findLiveLock(db: mongo.Db, now = new Date()): Promise<LockRecord | undefined> {
  const lock = await locks(db).findOne({ _id: LOCK_ID });
  return lock !== null && lock.leaseUntil > now ? lock : undefined;
}

/** Keeps other migrations and starting instances away while it is held. */
export class MigrationLock {
  private readonly lost = new AbortController();
  private readonly renewals: RepeatingTask;

  private constructor(
    private readonly db: mongo.Db,
    private readonly owner: string,
    private readonly leaseMs: number,
  ) {
    this.renewals = new RepeatingTask(leaseMs / 3, () => this.renew(), BEAT);
    this.renewals.start();
  }

  /**
   * Takes the lock; that of a killed migration once its lease has lapsed.
   * @param alone nobody else can use this database: a lock found in it was left behind
   * @param wait told once, when another's lock has to be waited for
   * @throws MigrationRefused when whoever holds it goes on renewing it
   */
  static async take(
    db: mongo.Db,
    owner: string,
    { alone, leaseMs = LOCK_LEASE_MS, wait }: LockOptions,
  ): Promise<MigrationLock> {
    let first: LockRecord | undefined;
    for (;;) {
      if (await tryToTake(db, owner, leaseMs, alone)) return new MigrationLock(db, owner, leaseMs);
      const held = await findLiveLock(db);
      if (held === undefined) continue;
      if (first === undefined) wait(held);
      first ??= held;
      if (held.owner !== first.owner || held.leaseUntil > first.leaseUntil)
        throw new MigrationRefused(`Another migration (${held.owner}) is under way.`);
      await delay(WAIT_POLL_MS);
    }
  }

  /** Aborted when somebody else may have the lock. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  async release(): Promise<void> {
    await this.renewals.stop();
    await locks(this.db).deleteOne({ _id: LOCK_ID, owner: this.owner });
  }

  private async renew(): Promise<void> {
    try {
      const { matchedCount } = await locks(this.db).updateOne(
        { _id: LOCK_ID, owner: this.owner },
        { $set: { leaseUntil: new Date(Date.now() + this.leaseMs) } },
      );
      if (matchedCount === 0)
        throw new MigrationRefused('The lock of the migration was taken by another one.');
    } catch (error) {
      // A database that does not answer stops the migration as well: it can be run again.
      this.lost.abort(error);
    }
  }
}

interface LockOptions {
  readonly alone: boolean;
  readonly leaseMs?: number;
  readonly wait: (held: LockRecord) => void;
}

async function tryToTake(db: mongo.Db, owner: string, leaseMs: number, alone: boolean): Promise<boolean> {
  const now = Date.now();
  const free = alone ? {} : { leaseUntil: { $lt: new Date(now) } };
  try {
    await locks(db).updateOne(
      { _id: LOCK_ID, ...free },
      { $set: { owner, leaseUntil: new Date(now + leaseMs) } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    // It is there and somebody's: the upsert could not make it.
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function locks(db: mongo.Db): mongo.Collection<LockRecord> {
  return db.collection<LockRecord>(COLLECTION);
}
