/** @jest-environment node */
import { jest } from '@jest/globals';
import { streamContext } from '../../../../test/support/stream-context.js';
import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import { createLog } from '../../../platform/logging/create-log.js';
import type { TurnKey } from '../../records/turn.store.port.js';
import type { TurnRecord } from '../../records/turn.js';
import { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import type { TurnAbort } from '../settle/turn-abort.js';
import { LeaseRenewalService } from './lease-renewal.service.js';

const LEASE_MS = 15_000;

class JestClock extends Clock {
  now(): number {
    return Date.now();
  }
}

describe('LeaseRenewalService', () => {
  let turns: LiveTurns;
  let renewal: LeaseRenewalService;
  let renewals: (readonly string[])[];
  let unreachable: boolean;
  let taken: readonly string[];
  const context = streamContext({ now: () => Date.now() });

  beforeEach(() => {
    jest.useFakeTimers();
    turns = new LiveTurns();
    renewals = [];
    unreachable = false;
    taken = [];
  });
  afterEach(() => {
    renewal.beforeApplicationShutdown();
    for (const turn of turns.all()) turn.release();
    jest.useRealTimers();
  });

  function start(settings: Record<string, string>): void {
    const store = {
      renewLeases: async (_owner: string, renewed: readonly TurnKey[]) => {
        const ids = renewed.map(({ id }) => id);
        renewals.push(ids);
        if (unreachable) throw new Error('no connection');
        return new Set(ids.filter((id) => !taken.includes(id)));
      },
    };
    const config = loadConfig({ NODE_ENV: 'test', ...settings });
    const log = createLog({ level: 'silent' });
    renewal = new LeaseRenewalService(
      config,
      new JestClock(),
      new InstanceId('me'),
      turns,
      store as never,
      log,
    );
    renewal.onApplicationBootstrap();
    for (const id of ['turn-0', 'turn-1']) {
      const lease = { owner: 'me', fence: 1, expiresAt: new Date(Date.now() + LEASE_MS) };
      const record = {
        id,
        userId: 'user',
        sessionId: id,
        lease,
        startedAt: new Date(),
        onDisconnect: 'continue',
      };
      turns.add(new LiveTurn(record as unknown as TurnRecord, context, undefined));
    }
  }

  it.each([
    [
      'of all its turns, four times in a lease, where others could take them over',
      { MONGODB_URI: 'mongodb://shared' },
      4,
    ],
    ['never in a database of its own', {}, 0],
  ])('renews the leases %s', async (_, settings, times) => {
    start({ ...settings, TURN_LEASE_MS: String(LEASE_MS) });
    await jest.advanceTimersByTimeAsync(15_000);
    expect(renewals).toEqual(Array.from({ length: times }, () => ['turn-0', 'turn-1']));
  });

  const SHARED = { MONGODB_URI: 'mongodb://shared', TURN_LEASE_MS: String(LEASE_MS) };
  const reasons = () => turns.all().map(({ signal }) => (signal.reason as TurnAbort | undefined)?.reason);

  it('ends a turn that another instance has taken, and no other', async () => {
    start(SHARED);
    taken = ['turn-1'];
    await jest.advanceTimersByTimeAsync(LEASE_MS / 4);
    expect(reasons()).toEqual([undefined, 'lease-lost']);
  });

  it('lets turns go on while leases cannot be renewed, until they have lapsed by its own clock', async () => {
    start(SHARED);
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    unreachable = true;
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(reasons()).toEqual([undefined, undefined]);
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(reasons()).toEqual(['lease-lost', 'lease-lost']);
  });
});
