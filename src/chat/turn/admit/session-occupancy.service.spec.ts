import { Clock } from '../../../platform/clock.port.js';
import { SessionOccupancy } from './session-occupancy.service.js';
import type { TurnRecord } from '../../records/turn.js';

const NOW = 1_000_000;
class StoppedClock extends Clock {
  now(): number {
    return NOW;
  }
}

const running = (changes: Partial<TurnRecord> = {}): TurnRecord =>
  ({
    id: 'running',
    userId: 'ada',
    sessionId: 'main',
    requestHash: 'same',
    status: 'running',
    startedAt: new Date(NOW - 60_000),
    ...changes,
  }) as TurnRecord;
const newcomer = (requestHash: string, keyHash?: string) => ({
  userId: 'ada',
  requestHash,
  ...(keyHash === undefined ? {} : { keyHash }),
});

/** @param looks what the store finds in the session, one look after the other */
function setUp({
  live,
  elsewhere = false,
  liveAfter = 0,
  looks = [undefined],
}: {
  live?: object;
  /** How often it is looked for in vain before. */
  liveAfter?: number;
  elsewhere?: boolean;
  looks?: (TurnRecord | undefined)[];
}) {
  const stops: string[] = [];
  let missing = liveAfter;
  const look = async () => (looks.length > 1 ? looks.shift() : looks[0]);
  const occupancy = new SessionOccupancy(
    { find: () => (missing-- > 0 ? undefined : live), runningIn: () => live } as never,
    {
      find: look,
      findOccupant: look,
      requestStop: async ({ id }: TurnRecord) => void stops.push(id),
    } as never,
    { isWatchedElsewhere: async () => elsewhere } as never,
    new StoppedClock(),
    { id: 'me' },
  );
  return { occupancy, stops };
}

function liveTurn(hasReaders: () => boolean) {
  const reasons: string[] = [];
  let open = false;
  const turn = {
    record: running(),
    get hasReaders() {
      return hasReaders();
    },
    abort: (reason: string) => {
      reasons.push(reason);
      open = true;
    },
    settled: {
      get isOpen() {
        return open;
      },
      wait: async () => undefined,
    },
  };
  return { turn, reasons };
}

describe('SessionOccupancy', () => {
  it.each([
    ['no keys', undefined, undefined],
    ['a key of the newcomer alone', undefined, 'key'],
    ['a key of the running turn alone', 'key', undefined],
    ['the same keys', 'key', 'key'],
  ])('attaches whoever asks the same, with %s, also when it is watched', async (_, theirs, ours) => {
    const { turn, reasons } = liveTurn(() => true);
    const { occupancy } = setUp({ live: turn });
    const occupant = running(theirs === undefined ? {} : { keyHash: theirs });
    expect(await occupancy.enter(occupant, newcomer('same', ours))).toEqual({
      kind: 'attached',
      turn: occupant,
    });
    expect(reasons).toEqual([]);
  });

  it('has a turn yield that nobody watches, to another question or another key', async () => {
    for (const asked of [newcomer('other'), newcomer('same', 'mine')]) {
      const { turn, reasons } = liveTurn(() => false);
      const { occupancy } = setUp({ live: turn });
      expect(await occupancy.enter(running({ keyHash: 'theirs' }), asked)).toEqual({ kind: 'free' });
      expect(reasons).toEqual(['stopped']);
    }
  });

  it('waits a moment for the socket of a client that has left', async () => {
    let looks = 0;
    const { turn, reasons } = liveTurn(() => ++looks < 3);
    const { occupancy } = setUp({ live: turn });
    expect(await occupancy.enter(running(), newcomer('other'))).toEqual({ kind: 'free' });
    expect(reasons).toEqual(['stopped']);
  });

  it.each([
    ['here', true, false],
    ['elsewhere', false, true],
  ])('refuses while somebody watches %s', async (_, here, elsewhere) => {
    const { turn, reasons } = liveTurn(() => here);
    const { occupancy } = setUp({ live: turn, elsewhere });
    await expect(occupancy.enter(running(), newcomer('other'))).rejects.toMatchObject({
      code: 'turn_in_progress',
      details: { turnId: 'running' },
    });
    expect(reasons).toEqual([]);
  });

  it('asks the instance of a turn to stop it when its mark as watched has lapsed, and waits until it is over', async () => {
    const { occupancy, stops } = setUp({ looks: [running(), running(), undefined] });
    expect(await occupancy.enter(running(), newcomer('other'))).toEqual({ kind: 'free' });
    expect(stops).toEqual(['running']);
  });

  it('refuses while the mark of a turn that runs elsewhere is renewed', async () => {
    const marked = (ms: number) => running({ watchedUntil: new Date(NOW + ms) });
    const { occupancy, stops } = setUp({ looks: [marked(1000), marked(2000)] });
    await expect(occupancy.enter(marked(1000), newcomer('other'))).rejects.toMatchObject({
      code: 'turn_in_progress',
    });
    expect(stops).toEqual([]);
  });

  it.each([
    ['here', false],
    ['elsewhere', true],
  ])('stops nothing %s for somebody who would be refused all the same', async (_, isElsewhere) => {
    const { turn, reasons } = liveTurn(() => false);
    const live = Object.assign(turn, { hasText: true, record: running({ chargeOnStop: true }) });
    const { occupancy, stops } = setUp(isElsewhere ? { looks: [running()] } : { live });
    const charged: boolean[] = [];
    const entering = occupancy.enter(running(), newcomer('other'), async ({ isCharged }) => {
      charged.push(isCharged);
      throw new Error('no credits');
    });
    await expect(entering).rejects.toThrow('no credits');
    expect([charged, reasons, stops]).toEqual([[!isElsewhere], [], []]);
  });

  it('attaches nobody to a turn that somebody stops', async () => {
    for (const stopRequested of [{ at: new Date(NOW) }, undefined]) {
      const { turn, reasons } = liveTurn(() => false);
      const { occupancy } = setUp({ live: { ...turn, isStopped: stopRequested === undefined } });
      const stopped = running(stopRequested === undefined ? {} : { stopRequested });
      expect(await occupancy.enter(stopped, newcomer('same'))).toEqual({ kind: 'free' });
      expect(reasons).toEqual(['stopped']);
    }
  });

  it('waits for a turn of this instance that is still being admitted', async () => {
    const { turn, reasons } = liveTurn(() => true);
    const { occupancy, stops } = setUp({ live: turn, liveAfter: 3 });
    const admitted = running({ lease: { owner: 'me', fence: 1, expiresAt: new Date(NOW) } });
    await expect(occupancy.enter(admitted, newcomer('other'))).rejects.toMatchObject({
      code: 'turn_in_progress',
    });
    expect([reasons, stops]).toEqual([[], []]);
  });

  it('waits for the end of a deletion', async () => {
    const deletion = running({ kind: 'deletion', requestHash: '' });
    const { occupancy, stops } = setUp({ looks: [deletion, undefined] });
    expect(await occupancy.enter(deletion, newcomer(''))).toEqual({ kind: 'free' });
    expect(stops).toEqual([]);
  });
});
