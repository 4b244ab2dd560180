import { streamContext } from '../../../../test/support/stream-context.js';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { Heartbeats } from './heartbeats.js';
import type { FrameSink, TurnEncoder } from './subscription.js';
import { TurnLog } from './turn-log.js';
import { TurnStream } from './turn-stream.js';

const HEARTBEAT_MS = 1000;

/** Writes `position:text`, so that a test sees what became one frame. */
const encoder: TurnEncoder = {
  heartbeat: '<hb>',
  encode: (event, end) => (event.type === 'text-delta' ? `${end}:${event.text}|` : `${end}:${event.type}|`),
};

class RecordingSink implements FrameSink {
  readonly writes: string[] = [];
  full = false;
  ended = false;
  destroyed = false;
  private resume: (() => void) | undefined;

  write(frames: string): boolean {
    this.writes.push(frames);
    return !this.full;
  }
  onDrain(resume: () => void): void {
    this.resume = resume;
  }
  drain(): void {
    this.full = false;
    this.resume?.();
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const nextTick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TurnStream', () => {
  let now = 0;
  let readers = 0;
  let failures: unknown[] = [];
  let stream: TurnStream;
  let sink: RecordingSink;

  beforeEach(() => {
    now = 0;
    readers = 0;
    failures = [];
    const context = streamContext({
      heartbeats: new Heartbeats(HEARTBEAT_MS, () => now),
      heartbeatIntervalMs: HEARTBEAT_MS,
      now: () => now,
      countReader: (difference) => (readers += difference),
      readerFailed: (error) => failures.push(error),
    });
    stream = new TurnStream(context);
    sink = new RecordingSink();
  });

  it('sends what came in one tick as one write, and what comes later by itself', async () => {
    const stop = stream.subscribe(encoder, sink, 0);
    stream.append({ type: 'text-delta', text: 'a' });
    stream.append({ type: 'text-delta', text: 'b' });
    await nextTick();
    stream.append({ type: 'text-delta', text: 'c' });
    await nextTick();
    expect(sink.writes).toEqual(['2:ab|', '3:c|']);
    stop();
  });

  it('keeps nothing for a reader that takes nothing, and merges what it missed', async () => {
    const stop = stream.subscribe(encoder, sink, 0);
    sink.full = true;
    for (const text of ['a', 'b', 'c', 'd']) {
      stream.append({ type: 'text-delta', text });
      await nextTick();
    }
    expect(sink.writes).toEqual(['1:a|']);
    sink.drain();
    expect(sink.writes).toEqual(['1:a|', '4:bcd|']);
    stop();
  });

  it('ends a reader only when it has taken everything', async () => {
    const stop = stream.subscribe(encoder, sink, 0);
    sink.full = true;
    stream.append({ type: 'text-delta', text: 'a' });
    await nextTick();
    stream.append({ type: 'text-delta', text: 'b' });
    stream.end();
    await nextTick();
    expect(sink.ended).toBe(false);
    sink.drain();
    expect(sink.writes.join('')).toBe('1:a|2:b|');
    expect(sink.ended).toBe(true);
    stop();
  });

  it('breaks silence with a heartbeat, and drops a reader that takes nothing for too long', async () => {
    const stop = stream.subscribe(encoder, sink, 0);
    now = HEARTBEAT_MS - 1;
    stream.beat(now);
    expect(sink.writes).toEqual([]);
    now = HEARTBEAT_MS;
    stream.beat(now);
    expect(sink.writes).toEqual(['<hb>']);
    sink.full = true;
    stream.append({ type: 'text-delta', text: 'a' });
    await nextTick();
    stream.beat((now += 59_999));
    expect(sink.destroyed).toBe(false);
    stream.beat(now + 1);
    expect(sink.destroyed).toBe(true);
    stop();
  });

  it('serves late readers of an ended stream, and counts every reader in and out once', async () => {
    stream.append({ type: 'text-delta', text: 'ab' });
    stream.end();
    const stops = [0, 1, 2].map((after) =>
      stream.subscribe(encoder, after === 0 ? sink : new RecordingSink(), after),
    );
    expect(sink.writes).toEqual(['2:ab|']);
    expect(sink.ended).toBe(true);
    expect(readers).toBe(3);
    for (const stop of [...stops, ...stops]) stop();
    expect(readers).toBe(0);
    expect(await stream.whole()).toHaveLength(1);
  });

  describe('that has ended and can be read back', () => {
    const LONG = 'x'.repeat(64 * 1024);
    let readBacks = 0;
    let stored: () => Promise<TurnLog>;

    function logOf(...events: readonly ChatEvent[]): TurnLog {
      const log = new TurnLog();
      for (const event of events) log.append(event);
      return log;
    }

    /** A reader has taken the first letter; the rest waits for it. */
    async function endUnread(): Promise<void> {
      sink.full = true;
      stream.subscribe(encoder, sink, 0);
      stream.append({ type: 'text-delta', text: 'a' });
      await nextTick();
      stream.append({ type: 'text-delta', text: LONG });
      stream.end(() => {
        readBacks++;
        return stored();
      });
    }

    beforeEach(() => {
      readBacks = 0;
      stored = async () => logOf({ type: 'text-delta', text: `a${LONG}` });
    });

    it('is held for readers that take something, and let go when all of them take nothing', async () => {
      await endUnread();
      stream.beat((now += 4999));
      expect(stream.log.isEvicted).toBe(false);
      const slow = new RecordingSink();
      slow.full = true;
      const stop = stream.subscribe(encoder, slow, 1);
      stream.beat((now += 1));
      expect(stream.log.isEvicted).toBe(false);
      stop();
      stream.beat(now);
      expect(stream.log.isEvicted).toBe(true);
      expect(stream.log.end).toBe(1 + LONG.length);
    });

    it('is read back once for all who want more, each of which goes on where it stood', async () => {
      await endUnread();
      stream.beat((now += 5000));
      sink.drain();
      const late = new RecordingSink();
      stream.subscribe(encoder, late, LONG.length);
      expect(await stream.whole()).toEqual([
        { event: { type: 'text-delta', text: `a${LONG}` }, end: 1 + LONG.length },
      ]);
      await nextTick();
      expect(readBacks).toBe(1);
      expect(sink.writes.map((write) => write.replace(/^\d+:|\|$/g, '')).join('')).toBe(`a${LONG}`);
      expect(sink.ended).toBe(true);
      expect(late.writes).toEqual([`${1 + LONG.length}:x|`]);
      expect(late.ended).toBe(true);
    });

    it('ends a reader that had everything already without a look into the store, also when its answer is gone', async () => {
      sink.full = true;
      stream.append({ type: 'text-delta', text: LONG });
      stream.subscribe(encoder, sink, 0);
      for (let after = 0; after < LONG.length; after += 16 * 1024) {
        stream.flush();
        sink.drain();
        sink.full = true;
      }
      stream.end(() => stored());
      stored = async () => Promise.reject(new Error('deleted'));
      await nextTick();
      stream.beat((now += 5000));
      expect(stream.log.isEvicted).toBe(true);
      sink.drain();
      await nextTick();
      expect(sink.ended).toBe(true);
      expect(sink.destroyed).toBe(false);
      expect(failures).toEqual([]);
    });

    it('is let go of for a reader whose last frames do not get out, which is dropped in the end', async () => {
      await endUnread();
      sink.drain();
      expect(sink.ended).toBe(true);
      stream.beat((now += 5000));
      expect(stream.log.isEvicted).toBe(true);
      stream.beat((now += 55_000));
      expect(sink.destroyed).toBe(true);
    });

    it('is not replaced by one that ends elsewhere', async () => {
      await endUnread();
      stream.beat((now += 5000));
      stored = async () => logOf({ type: 'text-delta', text: 'a' });
      sink.drain();
      await nextTick();
      expect(sink.ended).toBe(false);
      expect(sink.destroyed).toBe(true);
    });

    it('is held twice as long each time, for a reader that is slow but goes on', async () => {
      await endUnread();
      stream.beat((now += 5000));
      expect(stream.log.isEvicted).toBe(true);
      await stream.whole();
      stream.beat((now += 4999));
      expect(stream.log.isEvicted).toBe(false);
      stream.beat((now += 1));
      expect(stream.log.isEvicted).toBe(true);
    });

    it('drops the readers that want more when the store fails, and tries again for the next', async () => {
      await endUnread();
      stream.beat((now += 5000));
      const lost = new Error('no database');
      stored = async () => Promise.reject(lost);
      sink.drain();
      await nextTick();
      expect(sink.destroyed).toBe(true);
      expect(failures).toEqual([lost]);
      await expect(stream.whole()).rejects.toBe(lost);
      stored = async () => logOf({ type: 'text-delta', text: `a${LONG}` });
      expect(await stream.whole()).toHaveLength(1);
    });

    it('stays when it is short or is stored nowhere', async () => {
      sink.full = true;
      stream.subscribe(encoder, sink, 0);
      stream.append({ type: 'text-delta', text: 'short' });
      await nextTick();
      stream.end(stored);
      stream.beat((now += 5000));
      expect(stream.log.isEvicted).toBe(false);
      const unstored = new TurnStream(streamContext());
      const unread = new RecordingSink();
      unread.full = true;
      unstored.append({ type: 'text-delta', text: LONG });
      unstored.subscribe(encoder, unread, 0);
      unstored.end();
      unstored.beat(5000);
      expect(unstored.log.isEvicted).toBe(false);
    });
  });

  describe('whose words are erased', () => {
    const end: ChatEvent = { type: 'turn-end', outcome: 'stopped', charged: 0 };

    it('tells those who have all of them how it ended, though nothing was sent of that yet', () => {
      stream.subscribe(encoder, sink, 0);
      stream.append({ type: 'text-delta', text: 'a' });
      stream.flush();
      stream.append(end);
      stream.end();
      stream.erase();
      expect(sink).toMatchObject({ writes: ['1:a|', '3:turn-end|'], ended: true, destroyed: false });
    });

    it('lets go of those who lack one, or the end', () => {
      const late = new RecordingSink();
      stream.subscribe(encoder, sink, 0);
      stream.append({ type: 'text-delta', text: 'a' });
      stream.append(end);
      stream.end();
      stream.erase();
      expect(sink).toMatchObject({ writes: [], ended: false, destroyed: true });
      const running = new TurnStream(streamContext());
      running.subscribe(encoder, late, 0);
      running.append({ type: 'text-delta', text: 'a' });
      running.flush();
      running.erase();
      expect(late).toMatchObject({ writes: ['1:a|'], ended: false, destroyed: true });
    });
  });

  describe('whose reader is refused', () => {
    const why: readonly ChatEvent[] = [
      { type: 'error', code: 'access_revoked', message: 'no more' },
      { type: 'turn-end', outcome: 'stopped', charged: 0 },
    ];

    it('says so where the reader has come to, and ends it', () => {
      const { refuse } = stream.read(encoder, sink, 0);
      refuse(why);
      stream.append({ type: 'text-delta', text: 'a' });
      stream.flush();
      expect(sink).toMatchObject({ writes: ['0:error|0:turn-end|'], ended: true });
    });

    it('leaves it to the end of the turn, once that has been told', () => {
      const { refuse } = stream.read(encoder, sink, 0);
      for (const event of why) stream.append(event);
      stream.flush();
      refuse(why);
      expect(sink).toMatchObject({ writes: ['1:error|3:turn-end|'], ended: false });
      stream.end();
      stream.flush();
      expect(sink).toMatchObject({ writes: ['1:error|3:turn-end|'], ended: true });
    });
  });

  it('drops a reader whose encoder throws, and goes on for the others', async () => {
    const bug = new Error('not encodable');
    const other = new RecordingSink();
    const encode = (): string => {
      throw bug;
    };
    stream.subscribe({ heartbeat: '', encode }, sink, 0);
    stream.subscribe(encoder, other, 0);
    stream.append({ type: 'text-delta', text: 'a' });
    await nextTick();
    stream.append({ type: 'text-delta', text: 'b' });
    await nextTick();
    expect(sink.destroyed).toBe(true);
    expect(failures).toEqual([bug]);
    expect(other.writes.join('')).toBe('1:a|2:b|');
  });

  it('tells its owner about readers until the end, and not about those who come back later', () => {
    const told: number[] = [];
    const watched = new TurnStream(streamContext(), (count) => told.push(count));
    watched.subscribe(encoder, sink, 0)();
    watched.end();
    watched.subscribe(encoder, sink, 0)();
    expect(told).toEqual([1, 0]);
  });
});
