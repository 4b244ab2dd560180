/** @jest-environment node */
import { jest } from '@jest/globals';
import { loadConfig } from '../../../config/load-config.js';
import { Clock } from '../../../platform/clock.port.js';
import { createLog } from '../../../platform/logging/create-log.js';
import { InstanceId } from '../../../cluster/instance-id.js';
import type { TurnKey } from '../../records/turn.store.port.js';
import { TurnWatch, WATCHED_FOR_MS } from './turn-watch.service.js';

class JestClock extends Clock {
  now(): number {
    return Date.now();
  }
}

function setUp(settings: Record<string, string> = { MONGODB_URI: 'mongodb://shared' }) {
  const here = new Map([
    [
      'read',
      {
        record: { id: 'read', userId: 'ada', startedAt: new Date(0) },
        stream: { readerCount: 1 },
        abort: jest.fn(),
      },
    ],
    [
      'unread',
      {
        record: { id: 'unread', userId: 'ada', startedAt: new Date(0) },
        stream: { readerCount: 0 },
        abort: jest.fn(),
      },
    ],
  ]);
  const marks = new Map<string, number>();
  const state = {
    wanted: [] as { readonly id: string; readonly reason?: 'access-revoked' }[],
    failing: false,
  };
  const store = {
    findStopRequested: async () =>
      state.failing ? Promise.reject(new Error('no connection')) : state.wanted,
    renewWatched: async (turns: readonly TurnKey[], until: Date) => {
      for (const { id } of turns) marks.set(id, Math.max(marks.get(id) ?? 0, until.getTime()));
    },
    find: async (_: string, id: string) =>
      state.failing
        ? Promise.reject(new Error('no connection'))
        : { id, watchedUntil: new Date(marks.get(id) ?? 0) },
  };
  const watch = new TurnWatch(
    loadConfig({ NODE_ENV: 'test', ...settings }),
    new JestClock(),
    new InstanceId('me'),
    { find: (id: string) => here.get(id), all: () => [...here.values()] } as never,
    store as never,
    createLog({ level: 'silent' }),
  );
  watch.onApplicationBootstrap();
  return { watch, here, marks, state };
}

describe('TurnWatch', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('says once a second which turns have readers here, wherever they run', async () => {
    const { watch, marks } = setUp();
    const unfollow = watch.follow({ id: 'elsewhere', userId: 'bob' });
    await jest.advanceTimersByTimeAsync(1000);
    const until = Date.now() + WATCHED_FOR_MS;
    expect([...marks]).toEqual([
      ['elsewhere', until],
      ['read', until],
    ]);
    unfollow();
    await jest.advanceTimersByTimeAsync(1000);
    expect(marks.get('elsewhere')).toBe(until);
    expect(marks.get('read')).toBe(until + 1000);
    await watch.beforeApplicationShutdown();
  });

  it('says so as long as one of several streams follows the turn', async () => {
    const { watch, marks } = setUp();
    const turn = { id: 'elsewhere', userId: 'bob' };
    const unfollow = [watch.follow(turn), watch.follow(turn)];
    unfollow[0]?.();
    await jest.advanceTimersByTimeAsync(1000);
    expect(marks.has('elsewhere')).toBe(true);
    unfollow[1]?.();
    marks.clear();
    await jest.advanceTimersByTimeAsync(1000);
    expect([...marks.keys()]).toEqual(['read']);
    await watch.beforeApplicationShutdown();
  });

  it('ends the turns of this instance that somebody wants stopped elsewhere, also after a failed look', async () => {
    const { watch, here, state } = setUp();
    state.failing = true;
    await jest.advanceTimersByTimeAsync(1000);
    Object.assign(state, { failing: false, wanted: [{ id: 'unread' }, { id: 'long gone' }] });
    await jest.advanceTimersByTimeAsync(1000);
    expect(here.get('unread')?.abort).toHaveBeenCalledWith('stopped');
    expect(here.get('read')?.abort).not.toHaveBeenCalled();
    await watch.beforeApplicationShutdown();
  });

  it('tells marks of others from its own, and takes what it does not know for watched', async () => {
    const { watch, marks, state } = setUp();
    const ask = async (id: string): Promise<boolean> => {
      const asked = watch.isWatchedElsewhere({ id, userId: 'ada' });
      await jest.advanceTimersByTimeAsync(2000);
      return asked;
    };
    await jest.advanceTimersByTimeAsync(1000);
    expect(await ask('unread')).toBe(false);
    marks.set('unread', Date.now() + 5000);
    expect(await ask('unread')).toBe(true);
    state.failing = true;
    expect(await ask('unread')).toBe(true);
    await watch.beforeApplicationShutdown();
  });

  it('asks nothing where no other instance can be', async () => {
    const { watch, marks } = setUp({});
    await jest.advanceTimersByTimeAsync(5000);
    expect(marks.size).toBe(0);
    expect(await watch.isWatchedElsewhere({ id: 'read', userId: 'ada' })).toBe(false);
  });
});
