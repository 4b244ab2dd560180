import fc from 'fast-check';
import type { ChatEvent } from '../../../contract/chat-event.js';
import { ENTRY_CHARACTERS, TurnLog } from './turn-log.js';

const text = (value: string): ChatEvent => ({ type: 'text-delta', text: value });
const reasoning = (value: string): ChatEvent => ({ type: 'reasoning-delta', text: value });
const source = (title: string): ChatEvent => ({ type: 'sources', sources: [{ title }] });

const anyEvent = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }).map(text),
  fc.string({ maxLength: 4 }).map(reasoning),
  fc.string({ maxLength: 4 }).map(source),
);

/** What a reader has in the end: adjacent text joined. */
function flatten(events: readonly ChatEvent[]): unknown[] {
  const flat: unknown[] = [];
  for (const event of events) {
    const last = flat.at(-1) as { type: string; text: string } | undefined;
    if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.type === event.type) {
      last.text += event.text;
    } else if (!('text' in event) || event.text !== '') {
      flat.push({ ...event });
    }
  }
  return flat;
}

describe('TurnLog', () => {
  it('merges what a slow reader missed and hands a fast one each piece', () => {
    const log = new TurnLog();
    log.append(text('he'));
    expect(log.read(0)).toEqual([{ event: text('he'), end: 2 }]);
    log.append(text('llo'));
    expect(log.read(2)).toEqual([{ event: text('llo'), end: 5 }]);
    expect(log.read(0)).toEqual([{ event: text('hello'), end: 5 }]);
    expect(log.read(5)).toEqual([]);
  });

  it('goes on inside a text', () => {
    const log = new TurnLog();
    log.append(text('hello'));
    expect(log.read(3)).toEqual([{ event: text('lo'), end: 5 }]);
  });

  it('never merges over another event or another kind of text', () => {
    const log = new TurnLog();
    for (const event of [text('a'), source('s'), text('b'), reasoning('c'), text('d')]) log.append(event);
    expect(log.read(0).map(({ event }) => event)).toEqual([
      text('a'),
      source('s'),
      text('b'),
      reasoning('c'),
      text('d'),
    ]);
  });

  it('keeps a surrogate pair together that the upstream has cut', () => {
    const log = new TurnLog();
    log.append(text('a\ud83d'));
    expect(log.read(0)).toEqual([{ event: text('a'), end: 1 }]);
    log.append(text('\ude00'));
    expect(log.read(1)).toEqual([{ event: text('\ud83d\ude00'), end: 3 }]);
  });

  it('does not lose half a pair whose other half never comes', () => {
    const log = new TurnLog();
    log.append(text('\ud83d'));
    log.seal();
    expect(log.read(0)).toEqual([{ event: text('\uFFFD'), end: 1 }]);
  });

  it('refuses what would make it too long, and keeps what it has', () => {
    const log = new TurnLog(5);
    expect(log.append(text('12345'))).toBe(true);
    expect(log.append(text('6'))).toBe(false);
    expect(log.append({ type: 'error', code: 'upstream_failed', message: 'too long' })).toBe(true);
    expect(log.read(0)).toHaveLength(2);
  });

  it('counts how many entries it has too, however short they are', () => {
    const entries = 10;
    const log = new TurnLog(entries * (ENTRY_CHARACTERS + 1));
    const alternating = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0 ? ({ type: 'reasoning-delta', text: 'r' } as const) : text('t'),
    );
    expect(alternating.filter((event) => log.append(event))).toHaveLength(entries);
    const json = JSON.stringify({ type: 'usage' });
    const events = new TurnLog(entries * (ENTRY_CHARACTERS + json.length));
    expect(alternating.filter(() => events.append({ type: 'usage' }))).toHaveLength(entries);
    expect(events.append({ type: 'error', code: 'upstream_failed', message: 'too long' })).toBe(true);
  });

  it('puts the end of a recovered turn behind every position that a client can have', () => {
    const log = new TurnLog();
    log.append(text('saved'));
    log.skipTo(1000);
    log.append({ type: 'error', code: 'turn_interrupted', message: '' });
    expect(log.read(900)).toEqual([
      { event: { type: 'error', code: 'turn_interrupted', message: '' }, end: 1001 },
    ]);
  });

  it('loses and repeats nothing, wherever readers stand and however often they read', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 200 }), fc.infiniteStream(fc.nat(3)), (events, coin) => {
        const log = new TurnLog();
        const seen: ChatEvent[] = [];
        let cursor = 0;
        const read = (): void => {
          for (const { event, end } of log.read(cursor)) {
            expect(end).toBeGreaterThan(cursor);
            seen.push(event);
            cursor = end;
          }
        };
        for (const event of events) {
          log.append(event);
          if (coin.next().value === 0) read();
        }
        log.seal();
        read();
        expect(flatten(seen)).toEqual(flatten(events));
        expect(flatten(log.read(0).map(({ event }) => event))).toEqual(flatten(events));
      }),
    );
  });

  it('has the same positions for a resumed reader at every position', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 80 }), (events) => {
        const log = new TurnLog();
        for (const event of events) log.append(event);
        log.seal();
        const whole = flatten(log.read(0).map(({ event }) => event));
        for (let after = 0; after <= log.end; after++) {
          const before = log.read(0).flatMap(({ event, end }) => {
            if (end <= after) return [event];
            const start = end - ('text' in event ? event.text.length : 1);
            return 'text' in event && start < after
              ? [{ ...event, text: event.text.slice(0, after - start) }]
              : [];
          });
          const rest = log.read(after).map(({ event }) => event);
          expect(flatten([...before, ...rest])).toEqual(whole);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives no more text at once than asked for, and never half a pair, however large its pieces are', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 80 }), fc.integer({ min: 1, max: 9 }), (events, most) => {
        const log = new TurnLog();
        for (const event of events) log.append(event);
        log.seal();
        const whole = log.read(0).map(({ event }) => event);
        const seen: ChatEvent[] = [];
        for (let after = 0; after < log.end;) {
          const part = log.read(after, most);
          const texts = part.map(({ event }) => ('text' in event ? event.text : ''));
          // A pair is given whole where only its first half is asked for.
          expect(texts.join('').length).toBeLessThanOrEqual(most + 1);
          seen.push(...part.map(({ event }) => event));
          after = part.at(-1)?.end ?? Number.NaN;
        }
        expect(flatten(seen)).toEqual(flatten(whole));
      }),
    );
    const log = new TurnLog();
    log.append({ type: 'text-delta', text: 'a🙂b🙂' });
    expect(log.read(0, 2)).toEqual([{ event: { type: 'text-delta', text: 'a' }, end: 1 }]);
    expect(log.read(1, 1)).toEqual([{ event: { type: 'text-delta', text: '🙂' }, end: 3 }]);
    expect(log.read(1, 3)).toEqual([{ event: { type: 'text-delta', text: '🙂b' }, end: 4 }]);
  });
});
