import mongoose, { type Connection } from 'mongoose';
import { Clock } from '../../platform/clock.port.js';
import type { Readiness } from '../../platform/health/readiness.service.js';
import { createLog } from '../../platform/logging/create-log.js';
import type { InstanceRegistry } from '../instances/instance-registry.service.js';
import {
  DatabaseReadiness,
  WRITE_PROOF_INTERVAL_MS,
  WRITE_PROOF_PATIENCE_MS,
} from './database-readiness.service.js';

class SetClock extends Clock {
  time = 0;
  now(): number {
    return this.time;
  }
}

function openWorld() {
  const proofs: { succeed: () => void; fail: (error: Error) => void }[] = [];
  const instance = {
    proveWrite: () => new Promise<void>((succeed, fail) => proofs.push({ succeed, fail })),
  };
  const clock = new SetClock();
  const connection = { readyState: mongoose.STATES.connected };
  let described: () => Readonly<Record<string, string>> = () => ({});
  const platform = {
    register: () => undefined,
    describe: (_: string, read: typeof described) => (described = read),
  };
  const readiness = new DatabaseReadiness(
    connection as unknown as Connection,
    instance as unknown as InstanceRegistry,
    platform as unknown as Readiness,
    clock,
    createLog({ level: 'silent' }),
  );
  return { proofs, clock, readiness, described: () => described() };
}

describe('DatabaseReadiness', () => {
  it('writes once for all who ask, and again when that is some time ago', async () => {
    const { proofs, clock, readiness } = openWorld();
    const asked = [readiness.check(), readiness.check()];
    proofs[0]?.succeed();
    await Promise.all(asked);
    clock.time = WRITE_PROOF_INTERVAL_MS - 1;
    await readiness.check();
    expect(proofs).toHaveLength(1);
    clock.time = WRITE_PROOF_INTERVAL_MS;
    const later = readiness.check();
    proofs[1]?.fail(new Error('no room'));
    await expect(later).rejects.toThrow('no room');
  });

  it('does not wait for ever for a write that has no end', async () => {
    const { proofs, clock, readiness } = openWorld();
    readiness.check().catch(() => undefined);
    clock.time = WRITE_PROOF_PATIENCE_MS - 1;
    readiness.check().catch(() => undefined);
    expect(proofs).toHaveLength(1);
    clock.time = WRITE_PROOF_PATIENCE_MS;
    const later = readiness.check();
    expect(proofs).toHaveLength(2);
    proofs[1]?.succeed();
    await later;
  });

  it('believes the last one, and begins no more than three that have no end', async () => {
    const { proofs, clock, readiness, described } = openWorld();
    readiness.onModuleInit();
    readiness.check().catch(() => undefined);
    clock.time = WRITE_PROOF_PATIENCE_MS;
    const second = readiness.check();
    proofs[1]?.succeed();
    await second;
    proofs[0]?.fail(new Error('of long ago'));
    await Promise.resolve();
    expect(described()).toEqual({});

    for (let time = 2; time < 10; time++) {
      clock.time = time * WRITE_PROOF_PATIENCE_MS;
      readiness.check().catch(() => undefined);
    }
    expect(proofs).toHaveLength(2 + 3);
  });
});
