import type { mongo } from 'mongoose';
import type { InstanceState } from '../../cluster/instance-status.service.js';
import { MigrationRefused } from '../migrations/migration.js';

export const INSTANCES_COLLECTION = 'instances';
/** An instance that was killed counts as running for this long. */
export const INSTANCE_LEASE_MS = 30_000;

/** A running instance, as it tells others about itself. */
export interface InstanceRecord {
  /** As in the leases of its turns. */
  readonly _id: string;
  /** Of the database's schema, that it works with. */
  readonly version: number;
  /** For a person who looks for it. */
  readonly host: string;
  readonly pid: number;
  readonly startedAt: Date;
  readonly leaseUntil: Date;
  /** Absent in records of earlier versions, as what stands below. */
  readonly productVersion?: string;
  /** When it has said the following. */
  readonly seenAt?: Date;
  readonly state?: InstanceState['state'];
  readonly bus?: InstanceState['bus'];
  readonly openTurns?: number;
  readonly openStreams?: number;
}

export function instances(db: mongo.Db): mongo.Collection<InstanceRecord> {
  return db.collection<InstanceRecord>(INSTANCES_COLLECTION);
}

/** @throws MigrationRefused that names every instance whose lease has not lapsed */
export async function refuseWhileInstancesRun(db: mongo.Db, now = new Date()): Promise<void> {
  const running = await instances(db)
    .find({ leaseUntil: { $gt: now } })
    .toArray();
  if (running.length === 0) return;
  const names = running.map(
    ({ _id, host, pid, leaseUntil }) =>
      `  - ${_id} (process ${pid} on ${host}), until ${leaseUntil.toISOString()}`,
  );
  throw new MigrationRefused(
    `Instances of Tollgate use this database:\n${names.join('\n')}\n` +
      'Stop them all, then run this again. One that has crashed counts until the moment that stands behind it.',
  );
}
