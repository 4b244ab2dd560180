import { streamContext } from '../../../../test/support/stream-context.js';
import { LiveTurn } from '../run/live-turn.js';
import { LiveTurns } from '../run/live-turns.js';
import { TurnDrain } from './turn-drain.js';
import type { TurnRecord } from '../../records/turn.js';

const context = streamContext();

const liveTurn = (id: string): LiveTurn =>
  new LiveTurn({ id, startedAt: new Date(0), onDisconnect: 'continue' } as TurnRecord, context, undefined);

/** What the runner does with a turn whose upstream call was ended. */
function endWhenAborted(turns: LiveTurns, turn: LiveTurn, leave: () => void): void {
  turn.signal.addEventListener('abort', () => {
    turns.retire(turn);
    turn.release();
    leave();
  });
}

describe('TurnDrain', () => {
  it('waits for a request under admission, and interrupts the turn that it becomes after the grace period', async () => {
    const turns = new LiveTurns();
    const leave = turns.reserve('ada');
    const drained = new TurnDrain(turns).drain(AbortSignal.abort());
    const turn = liveTurn('late');
    setImmediate(() => {
      endWhenAborted(turns, turn, leave);
      turns.add(turn);
    });
    await drained;
    expect(turn.signal.reason).toMatchObject({ reason: 'shutdown' });
    expect(turns.count).toBe(0);
  });

  it('is over at once when nothing runs', async () => {
    await new TurnDrain(new LiveTurns()).drain(new AbortController().signal);
  });
});

describe('LiveTurns', () => {
  it('keeps the ended answers of a moment ago, but not more of them than memory should hold', () => {
    const turns = new LiveTurns();
    for (let index = 0; index < 12; index += 1) {
      const turn = liveTurn(`turn-${index}`);
      turn.take([{ type: 'text-delta', text: 'x'.repeat(4 * 1024 * 1024) }]);
      turns.retire(turn);
      turn.release();
    }
    expect(turns.streamOf('turn-11')).toBeDefined();
    expect(turns.streamOf('turn-0')).toBeUndefined();
  });

  it('keeps nothing of a turn that was deleted between its end in the store and its end here', () => {
    const turns = new LiveTurns();
    const [deleted, other] = [liveTurn('deleted'), liveTurn('other')];
    for (const turn of [deleted, other]) {
      turns.add(turn);
      turn.take([{ type: 'text-delta', text: 'Well.' }]);
    }
    turns.erase(['deleted', 'of another instance']);
    for (const turn of [deleted, other]) {
      turns.retire(turn);
      turn.release();
    }
    expect(turns.streamOf('deleted')).toBeUndefined();
    expect(deleted.stream.log.isEvicted).toBe(true);
    expect(turns.streamOf('other')?.log.isEvicted).toBe(false);
  });
});
