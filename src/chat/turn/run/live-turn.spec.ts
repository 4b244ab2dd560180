import { streamContext } from '../../../../test/support/stream-context.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { LiveTurn } from './live-turn.js';
import type { TurnRecord } from '../../records/turn.js';

const context = streamContext();

const liveTurn = (): LiveTurn =>
  new LiveTurn(
    { id: 'turn', startedAt: new Date(0), onDisconnect: 'continue' } as TurnRecord,
    context,
    undefined,
  );

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
});
