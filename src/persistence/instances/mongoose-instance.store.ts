import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { InstanceStore, type InstanceInfo } from '../../cluster/instance.store.port.js';
import { Clock } from '../../platform/clock.port.js';
import { instances, type InstanceRecord } from './instance-records.js';

/** Reads the records that `InstanceRegistry` writes. */
@Injectable()
export class MongooseInstanceStore extends InstanceStore {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly clock: Clock,
  ) {
    super();
  }

  async list(limit: number): Promise<readonly InstanceInfo[]> {
    const { db } = this.connection;
    if (db === undefined) throw new Error('The connection has no database.');
    const records = await instances(db)
      .find({ leaseUntil: { $gt: new Date(this.clock.now()) } })
      .sort({ startedAt: 1, _id: 1 })
      .limit(limit)
      .toArray();
    return records.map(infoOf);
  }
}

function infoOf({ _id, host, pid, startedAt, ...record }: InstanceRecord): InstanceInfo {
  return {
    id: _id,
    version: record.productVersion ?? 'unknown',
    state: record.state ?? 'serving',
    bus: record.bus ?? 'alone',
    openTurns: record.openTurns ?? 0,
    openStreams: record.openStreams ?? 0,
    host,
    pid,
    startedAt,
    seenAt: record.seenAt ?? startedAt,
  };
}
