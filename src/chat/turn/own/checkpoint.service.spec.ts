/** @jest-environment node */
import { jest } from '@jest/globals';
import { Clock } from '../../../platform/clock.port.js';
import { createLog } from '../../../platform/logging/create-log.js';
import { streamContext } from '../../../../test/support/stream-context.js';
import { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { CheckpointService } from './checkpoint.service.js';
import { FIRST_CHECKPOINT_AFTER_MS, type Checkpoint } from '../../records/turn.store.port.js';
import type { TurnRecord } from '../../records/turn.js';

class JestClock extends Clock {
  now(): number {
    return Date.now();
  }
}

describe('CheckpointService', () => {
  let turns: LiveTurns;
  let writes: (readonly Checkpoint[])[];
  let failing: boolean;
  let written: Promise<void>;
  let checkpoints: CheckpointService;
  const context = streamContext({ now: () => Date.now() });

  beforeEach(() => {
    jest.useFakeTimers();
    turns = new LiveTurns();
    writes = [];
    failing = false;
    written = Promise.resolve();
    const store = {
      appendCheckpoints: async (saved: readonly Checkpoint[]) => {
        writes.push(saved);
        await written;
        if (failing) throw new Error('no connection');
      },
    };
    const log = createLog({ level: 'silent' });
    checkpoints = new CheckpointService(new JestClock(), turns, store as never, log);
    checkpoints.onApplicationBootstrap();
  });
  afterEach(async () => {
    await checkpoints.beforeApplicationShutdown();
    for (const turn of turns.all()) turn.release();
    jest.useRealTimers();
  });

  function startTurns(count: number, name = 'turn'): void {
    for (let index = 0; index < count; index += 1) {
      const startedAt = new Date(Date.now() - FIRST_CHECKPOINT_AFTER_MS);
      const lease = { owner: 'me', fence: 1, expiresAt: new Date(Date.now() + 15_000) };
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
    startTurns(3);
    speak('a');
    await second();
    await second();
    expect(writes).toHaveLength(1);
    expect([...saved().values()]).toEqual(['a', 'a', 'a']);
  });

  it('saves a hundred turns a second, each before any again, and loses nothing', async () => {
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
});
