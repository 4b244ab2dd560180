import { hostname } from 'node:os';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import type { Connection, mongo } from 'mongoose';
import { InstanceId } from '../../cluster/instance-id.js';
import { InstanceStatus } from '../../cluster/instance-status.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.port.js';
import { Drain, DrainParticipant } from '../../platform/lifecycle/drain.service.js';
import { StructuredLog } from '../../platform/logging/structured-log.port.js';
import { PRODUCT_VERSION } from '../../platform/product-version.js';
import { BEAT, RepeatingTask } from '../../platform/repeating-task.js';
import { findLiveLock } from '../migrations/migration-lock.js';
import { LATEST_VERSION } from '../migrations/migration-list.js';
import { migrationUnderWay } from '../migrations/prepare-schema.js';
import { INSTANCE_LEASE_MS, instances, type InstanceRecord } from './instance-records.js';

/** Records of instances that were killed go with a later start. */
const KEPT_AFTER_LEASE_MS = 24 * 3600 * 1000;

/**
 * Tells a migration that this instance runs: a record with a lease, there before anything is served and gone when all is over. The record is
 * written first and the lock of a migration looked for behind it, a migration does it the other way round: of two that start at the same
 * moment, one at least sees the other. The record also tells operators how this instance is.
 */
@Injectable()
export class InstanceRegistry extends DrainParticipant implements OnModuleInit, BeforeApplicationShutdown {
  readonly drainName = 'record of the instance';
  private readonly renewals = new RepeatingTask(INSTANCE_LEASE_MS / 3, () => this.renew(), BEAT);

  private isOver = false;
  private startedAt = 0;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly log: StructuredLog,
    private readonly instance: InstanceId,
    private readonly status: InstanceStatus,
    drain: Drain,
  ) {
    super();
    // Not later: others register when the modules start, and are waited for one after the other.
    drain.register(this);
  }

  /** @throws StartError while the database is being migrated */
  async onModuleInit(): Promise<void> {
    this.startedAt = this.clock.now();
    const { _id, ...record } = this.record();
    await this.collection.updateOne({ _id }, { $set: record }, { upsert: true });
    const alone = this.config.database.mongodbUri === undefined;
    const lock = alone ? undefined : await findLiveLock(this.db, new Date(this.clock.now()));
    if (lock !== undefined) {
      await this.collection.deleteOne({ _id });
      throw migrationUnderWay(lock);
    }
    const lapsedBefore = new Date(this.clock.now() - KEPT_AFTER_LEASE_MS);
    await this.collection.deleteMany({ leaseUntil: { $lt: lapsedBefore } });
    this.renewals.start();
  }

  /** Others are told at once that this instance drains; nothing waits for that. */
  drain(): Promise<void> {
    void this.renew();
    return Promise.resolve();
  }

  /** Behind the hooks of all modules that are imported later, whose last writes these are; in the next round the connection closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isOver = true;
    await this.renewals.stop();
    try {
      await this.collection.deleteOne({ _id: this.instance.id });
    } catch (error) {
      this.log.warn({ err: error }, 'the record of this instance stays until its lease lapses');
    }
  }

  /** Renews the record now, which is a write as those of turns are. @throws what the driver throws */
  async proveWrite(): Promise<void> {
    const { _id, version, productVersion, host, pid, startedAt, ...now } = this.record();
    const update = { $set: now, $setOnInsert: { version, productVersion, host, pid, startedAt } };
    // An upsert, because a record that somebody removed by hand must come back; not at the end, when it has just gone.
    await this.collection.updateOne({ _id }, update, { upsert: !this.isOver });
  }

  private async renew(): Promise<void> {
    try {
      await this.proveWrite();
    } catch (error) {
      this.log.warn({ err: error }, 'the record of this instance could not be renewed');
    }
  }

  private record(): Required<InstanceRecord> {
    const now = this.clock.now();
    return {
      _id: this.instance.id,
      version: LATEST_VERSION,
      host: hostname(),
      pid: process.pid,
      productVersion: PRODUCT_VERSION,
      startedAt: new Date(this.startedAt),
      leaseUntil: new Date(now + INSTANCE_LEASE_MS),
      seenAt: new Date(now),
      ...this.status.now(),
    };
  }

  private get collection(): mongo.Collection<InstanceRecord> {
    return instances(this.db);
  }

  private get db(): mongo.Db {
    if (this.connection.db === undefined) throw new Error('The connection has no database.');
    return this.connection.db;
  }
}
