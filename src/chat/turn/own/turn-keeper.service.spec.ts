import { jest } from '@jest/globals';
import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.js';
import { createLog } from '../../../platform/logging/create-log.js';
import { InstanceId } from '../../../platform/lifecycle/instance-id.js';
import { streamContext } from '../../../../test/support/stream-context.js';
import { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnKeeper } from './turn-keeper.service.js';
import { FIRST_CHECKPOINT_AFTER_MS, type Checkpoint, type TurnKey } from '../../records/turn.store.port.js';
import type { TurnAbort } from '../settle/turn-abort.js';
import type { TurnRecord } from '../../records/turn.js';

const LEASE_MS = 15_000;

class JestClock extends Clock {
  now(): number {
    return Date.now();
  }
}

describe('TurnKeeper', () => {
  let turns: LiveTurns;
  let writes: (readonly Checkpoint[])[];
  let failing: boolean;
  let written: Promise<void>;
  let keeper: TurnKeeper;
  let start: (settings?: Record<string, string>) => void;
  const context = streamContext({ now: () => Date.now() });

  let renewals: (readonly string[])[];
  let unreachable: boolean;
  let taken: readonly string[];

  beforeEach(() => {
    renewals = [];
    unreachable = false;
    taken = [];
    jest.useFakeTimers();
    turns = new LiveTurns();
    writes = [];
    failing = false;
    written = Promise.resolve();
    const store = {
      appendCheckpoints: async (checkpoints: readonly Checkpoint[]) => {
        writes.push(checkpoints);
        await written;
        if (failing) throw new Error('no connection');
      },
      renewLeases: async (_owner: string, renewed: readonly TurnKey[]) => {
        const ids = renewed.map(({ id }) => id);
        renewals.push(ids);
        if (unreachable) throw new Error('no connection');
        return new Set(ids.filter((id) => !taken.includes(id)));
      },
    };
    const log = createLog({ level: 'silent' });
    start = (settings = {}) => {
      const config = loadConfig({ NODE_ENV: 'test', ...settings });
      keeper = new TurnKeeper(config, new JestClock(), new InstanceId('me'), turns, store as never, log);
      keeper.onApplicationBootstrap();
    };
  });
  afterEach(() => {
    keeper.beforeApplicationShutdown();
    for (const turn of turns.all()) turn.release();
    jest.useRealTimers();
  });

  function startTurns(count: number, name = 'turn'): void {
    for (let index = 0; index < count; index += 1) {
      const startedAt = new Date(Date.now() - FIRST_CHECKPOINT_AFTER_MS);
      const lease = { owner: 'me', fence: 1, expiresAt: new Date(Date.now() + LEASE_MS) };
      const named = { id: `${name}-${index}`, userId: 'user', sessionId: `${name}-${index}` };
      const record = { ...named, lease, startedAt, onDisconnect: 'continue' } as TurnRecord;
      const turn = new LiveTurn(record, context, undefined);
      turns.add(turn);
    }
  }
  const speak = (text: string): void => {
    for (const turn of turns.all()) turn.take([{ type: 'text-delta', text }]);
  };
  const saved = (): Map<string, string> => {
    const texts = new Map<string, string>();
    for (const { turnId, part } of writes.flat()) texts.set(turnId, (texts.get(turnId) ?? '') + part.text);
    return texts;
  };
  const second = (): Promise<void> => jest.advanceTimersByTimeAsync(1000);

  it('saves what every turn has said with one write, and nothing when nothing is new', async () => {
    start();
    startTurns(3);
    speak('a');
    await second();
    await second();
    expect(writes).toHaveLength(1);
    expect([...saved().values()]).toEqual(['a', 'a', 'a']);
  });

  it('saves a hundred turns a second, each before any again, and loses nothing', async () => {
    start();
    startTurns(250);
    for (const text of ['a', 'b', 'c']) {
      speak(text);
      await second();
    }
    expect(writes.map(({ length }) => length)).toEqual([100, 100, 100]);
    // In three seconds every turn has had its turn.
    expect(saved().size).toBe(250);
    await second();
    await second();
    await second();
    expect(new Set(saved().values())).toEqual(new Set(['abc']));
  });

  it('does not let new turns keep old ones from being saved', async () => {
    start();
    startTurns(1);
    speak('a');
    await second();
    for (let round = 1; round <= 3; round += 1) {
      startTurns(100, `round-${round}`);
      speak('b');
      await second();
    }
    expect(saved().get('turn-0')).toContain('b');
  });

  it('takes along what could not be saved', async () => {
    start();
    startTurns(2);
    speak('a');
    failing = true;
    await second();
    failing = false;
    speak('b');
    await second();
    expect(writes.at(-1)?.map(({ part }) => part.text)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('tells a turn when what it has said is being saved, so that nothing is saved behind its settlement', async () => {
    start();
    startTurns(2);
    const [turn] = turns.all();
    let end!: () => void;
    written = new Promise((resolve) => (end = resolve));
    turn?.take([{ type: 'text-delta', text: 'a' }]);
    await second();
    expect(writes).toHaveLength(1);
    turn?.conclude();
    let isSaved = false;
    const waiting = turn?.whenSaved().then(() => (isSaved = true));
    await second();
    expect(isSaved).toBe(false);
    failing = true;
    end();
    await waiting;
    // What could not be saved of a turn that is being settled is not tried again.
    await second();
    expect(writes).toHaveLength(1);
  });

  it.each([
    [
      'of all its turns, four times in a lease, where others could take them over',
      { MONGODB_URI: 'mongodb://shared' },
      4,
    ],
    ['never in a database of its own', {}, 0],
  ])('renews the leases %s', async (_, settings, times) => {
    start({ ...settings, TURN_LEASE_MS: String(LEASE_MS) });
    startTurns(2);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(renewals).toEqual(Array.from({ length: times }, () => ['turn-0', 'turn-1']));
  });

  const SHARED = { MONGODB_URI: 'mongodb://shared', TURN_LEASE_MS: String(LEASE_MS) };
  const reasons = () => turns.all().map(({ signal }) => (signal.reason as TurnAbort | undefined)?.reason);

  it('ends a turn that another instance has taken, and no other', async () => {
    start(SHARED);
    startTurns(2);
    taken = ['turn-1'];
    await jest.advanceTimersByTimeAsync(LEASE_MS / 4);
    expect(reasons()).toEqual([undefined, 'lease-lost']);
  });

  it('lets turns go on while leases cannot be renewed, until they have lapsed by its own clock', async () => {
    start(SHARED);
    startTurns(2);
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    unreachable = true;
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(reasons()).toEqual([undefined, undefined]);
    await jest.advanceTimersByTimeAsync(LEASE_MS / 2);
    expect(reasons()).toEqual(['lease-lost', 'lease-lost']);
  });
});
