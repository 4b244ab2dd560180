import type { InstanceState } from './instance-status.service.js';

/** A running instance, as it last said of itself. */
export interface InstanceInfo extends InstanceState {
  /** The owner of its turns (`TurnRecord.lease.owner`). */
  readonly id: string;
  /** Of the product. */
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: Date;
  /** When it has said so. */
  readonly seenAt: Date;
}

/** The instances that use this database. */
export abstract class InstanceStore {
  /** Those whose lease has not lapsed, the oldest first. One that was killed is among them for up to half a minute. @param limit most that are given */
  abstract list(limit: number): Promise<readonly InstanceInfo[]>;
}
