/** @jest-environment node */
import { jest } from '@jest/globals';
import { streamContext } from '../../../../test/support/stream-context.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { LiveTurn } from './live-turn.js';
import type { TurnRecord } from '../../records/turn.js';

const context = streamContext();

const liveTurn = (onDisconnect: TurnRecord['onDisconnect'] = 'continue'): LiveTurn =>
  new LiveTurn({ id: 'turn', startedAt: new Date(0), onDisconnect } as TurnRecord, context, undefined);

describe('LiveTurn', () => {
  it('gives what is new since the last checkpoint, numbered from 0', () => {
    const turn = liveTurn();
    expect(turn.nextCheckpoint()).toEqual([]);
    turn.take([{ type: 'text-delta', text: 'Hel' }]);
    turn.take([{ type: 'text-delta', text: 'lo' }]);
    expect(turn.nextCheckpoint()).toMatchObject([{ turnId: 'turn', sequence: 0, part: { text: 'Hello' } }]);
    expect(turn.nextCheckpoint()).toEqual([]);
    turn.take([{ type: 'text-delta', text: '!' }]);
    expect(turn.nextCheckpoint()).toMatchObject([{ sequence: 1, part: { text: '!' } }]);
  });

  it('has nothing to save once the upstream is done: a checkpoint behind the settlement would stay for ever', () => {
    const turn = liveTurn();
    turn.take([{ type: 'text-delta', text: 'Hello' }]);
    turn.conclude();
    expect(turn.nextCheckpoint()).toEqual([]);
    expect(turn.answer.text).toBe('Hello');
  });

  it('gives its readers what came last before the settlement begins', () => {
    const turn = liveTurn();
    const written: string[] = [];
    const sink = {
      write: (frames: string) => written.push(frames) > 0,
      onDrain: () => undefined,
      end: () => undefined,
      destroy: () => undefined,
    };
    const encode = (event: ChatEvent): string => (event.type === 'text-delta' ? event.text : '');
    const unsubscribe = turn.stream.subscribe({ heartbeat: '', encode }, sink, 0);
    turn.take([{ type: 'text-delta', text: 'the end' }]);
    turn.conclude();
    expect(written).toEqual(['the end']);
    unsubscribe();
    turn.release();
  });

  it('goes on while somebody is back in time, and is ended that long after the last has left', async () => {
    jest.useFakeTimers();
    try {
      const turn = liveTurn({ stopAfterSeconds: 5 });
      const follow = (): (() => void) =>
        turn.stream.subscribe(
          { heartbeat: '', encode: () => '' },
          { write: () => true, onDrain: () => undefined, end: () => undefined, destroy: () => undefined },
          0,
        );
      follow()();
      await jest.advanceTimersByTimeAsync(4999);
      const leave = follow();
      await jest.advanceTimersByTimeAsync(60_000);
      expect(turn.signal.aborted).toBe(false);
      leave();
      await jest.advanceTimersByTimeAsync(4999);
      expect(turn.signal.aborted).toBe(false);
      await jest.advanceTimersByTimeAsync(1);
      expect(turn.signal.reason).toMatchObject({ reason: 'client-gone' });
      turn.release();
    } finally {
      jest.useRealTimers();
    }
  });
});
