/** @jest-environment node */
import { jest } from '@jest/globals';
import type { Connection } from 'mongoose';
import { FixedClock, RecordingLog, testConfig } from '../../../test/support/auth/auth-fixtures.js';
import { InstanceId } from '../../cluster/instance-id.js';
import { InstanceStatus } from '../../cluster/instance-status.service.js';
import { LocalBus } from '../../cluster/local-bus.js';
import { Drain } from '../../platform/lifecycle/drain.service.js';
import { StartError } from '../../platform/lifecycle/start.error.js';
import { INSTANCE_LEASE_MS } from './instance-records.js';
import { InstanceRegistry } from './instance-registry.service.js';

/** Takes down what is asked of the two collections. */
class FakeDatabase {
  readonly calls: [string, string, unknown][] = [];
  lock: { owner: string; leaseUntil: Date } | null = null;
  fails = false;

  readonly connection = {
    db: {
      collection: (name: string) => ({
        updateOne: (_filter: unknown, update: unknown) => this.call(name, 'updateOne', update),
        deleteOne: (filter: unknown) => this.call(name, 'deleteOne', filter),
        deleteMany: (filter: unknown) => this.call(name, 'deleteMany', filter),
        findOne: () => Promise.resolve(this.lock),
      }),
    },
  } as unknown as Connection;

  private call(name: string, method: string, argument: unknown): Promise<void> {
    this.calls.push([name, method, argument]);
    return this.fails ? Promise.reject(new Error('down')) : Promise.resolve();
  }
}

describe('InstanceRegistry', () => {
  const clock = new FixedClock();
  const log = new RecordingLog();
  let database: FakeDatabase;
  let registry: InstanceRegistry;

  beforeEach(() => {
    jest.useFakeTimers();
    database = new FakeDatabase();
    const config = testConfig({ MONGODB_URI: 'mongodb://127.0.0.1:1' });
    const drain = new Drain({ delayMs: 0, graceMs: 0 }, log);
    const status = new InstanceStatus(drain, new LocalBus());
    const id = new InstanceId('this one');
    registry = new InstanceRegistry(database.connection, config, clock, log, id, status, drain);
  });
  afterEach(() => jest.useRealTimers());

  it('renews its record every third of the lease, and removes it once at the end', async () => {
    await registry.onModuleInit();
    expect(database.calls).toEqual([
      ['instances', 'updateOne', expect.anything()],
      // Those of long ago.
      ['instances', 'deleteMany', { leaseUntil: { $lt: new Date(clock.time - 24 * 3600 * 1000) } }],
    ]);
    clock.time += INSTANCE_LEASE_MS / 3;
    await jest.advanceTimersByTimeAsync(INSTANCE_LEASE_MS / 3);
    const leaseUntil = new Date(clock.time + INSTANCE_LEASE_MS);
    expect(database.calls[2]).toEqual([
      'instances',
      'updateOne',
      expect.objectContaining({
        $set: {
          leaseUntil,
          seenAt: new Date(clock.time),
          state: 'serving',
          bus: 'alone',
          openTurns: 0,
          openStreams: 0,
        },
      }),
    ]);
    await registry.beforeApplicationShutdown();
    await jest.advanceTimersByTimeAsync(INSTANCE_LEASE_MS);
    expect(database.calls.slice(3)).toEqual([['instances', 'deleteOne', { _id: 'this one' }]]);
  });

  it('goes on while the database does not answer, and says so', async () => {
    await registry.onModuleInit();
    database.fails = true;
    await jest.advanceTimersByTimeAsync(INSTANCE_LEASE_MS);
    expect(database.calls.length).toBe(5);
    await registry.beforeApplicationShutdown();
    expect(log.lines.map(({ message }) => message)).toContain(
      'the record of this instance stays until its lease lapses',
    );
  });

  it('looks for the lock of a migration behind its own record, and takes that back', async () => {
    database.lock = { owner: 'process 1', leaseUntil: new Date(clock.time + 1) };
    await expect(registry.onModuleInit()).rejects.toThrow(StartError);
    expect(database.calls.map(([, method]) => method)).toEqual(['updateOne', 'deleteOne']);
    database.lock = { owner: 'process 1', leaseUntil: new Date(clock.time) };
    await expect(registry.onModuleInit()).resolves.toBeUndefined();
    await registry.beforeApplicationShutdown();
  });
});
