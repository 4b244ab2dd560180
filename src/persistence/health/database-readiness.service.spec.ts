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
  const readiness = new DatabaseReadiness(
    connection as unknown as Connection,
    instance as unknown as InstanceRegistry,
    {} as unknown as Readiness,
    clock,
    createLog({ level: 'silent' }),
  );
  return { proofs, clock, readiness };
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
    void readiness.check();
    clock.time = WRITE_PROOF_PATIENCE_MS - 1;
    void readiness.check();
    expect(proofs).toHaveLength(1);
    clock.time = WRITE_PROOF_PATIENCE_MS;
    const later = readiness.check();
    expect(proofs).toHaveLength(2);
    proofs[1]?.succeed();
    await later;
  });
});
