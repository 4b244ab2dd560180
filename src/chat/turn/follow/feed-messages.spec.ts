import { MAX_MESSAGE_CHARACTERS } from '../../../cluster/instance-bus.port.js';
import {
  batchesOf,
  FEEDS_PER_BATCH,
  packEntries,
  type FeedContent,
  type FeedEntry,
  type FeedMessage,
} from './feed-messages.js';
import { FeedReader } from './feed-reader.js';

/** Brackets, commas and quotes. */
const AROUND_CHARACTERS = 4000;

const text = (end: number, said: string): FeedEntry => [end, { type: 'text-delta', text: said }];

/** Numbers messages as a feed does. */
const numbered = (parts: readonly FeedContent[]): FeedMessage[] =>
  parts.map(({ content }, index) => ({ feed: 1, number: index + 1, ...content }));

describe('packEntries', () => {
  it('puts what is small into one message', () => {
    const entries = [text(1, 'a'), text(2, 'b')];
    expect(packEntries(entries)).toMatchObject([{ content: { entries } }]);
    expect(packEntries([])).toEqual([]);
  });

  it.each([
    ['many entries', Array.from({ length: 5000 }, (_, index) => text(index + 1, 'a word of some length'))],
    ['one that is too long', [text(1, 'a'), text(2, '"\\\u0000€'.repeat(100_000)), text(3, 'b')]],
  ])('cuts %s into messages that the bus takes, which are put together again', async (_, entries) => {
    const packed = packEntries(entries);
    for (const { content, characters } of packed) {
      const { length } = JSON.stringify(content.piece ?? content.entries);
      expect(length).toBeLessThanOrEqual(characters + AROUND_CHARACTERS);
    }
    const messages = numbered(packed);
    const taken: FeedEntry[] = [];
    const reader = new FeedReader(
      'owner',
      (event, end) => taken.push([end, event]) > 0,
      () => undefined,
    );
    for (const message of messages) reader.take(JSON.parse(JSON.stringify(message)) as FeedMessage);
    expect(taken).toEqual(entries);
  });
});

describe('FeedReader', () => {
  const taken: number[] = [];
  let told: number;
  let reader: FeedReader;

  beforeEach(() => {
    taken.length = 0;
    told = 0;
    reader = new FeedReader(
      'owner',
      (_event, end) => end !== 666 && taken.push(end) > 0,
      () => {
        told += 1;
        reader.noteTold();
      },
    );
  });

  const message = (number: number, end = number): FeedMessage => ({
    feed: 1,
    number,
    entries: [text(end, 'x')],
  });

  it('takes each message once', () => {
    for (const number of [1, 2, 2, 1, 3]) reader.take(message(number));
    expect(taken).toEqual([1, 2, 3]);
  });

  it.each([
    ['a message that did not come', () => reader.take(message(3))],
    ['an owner that has sent more', () => reader.heard(2)],
    ['an event that does not follow', () => reader.take(message(2, 666))],
    ['pieces that are no event', () => reader.take({ feed: 1, number: 2, piece: '{', isLast: true })],
  ])('is lost with %s, and takes nothing more', async (_, lose) => {
    reader.take(message(1));
    lose();
    await expect(reader.ended).resolves.toBe('lost');
    reader.take(message(2));
    expect(taken).toEqual([1]);
  });

  it('is done when its owner says so', async () => {
    reader.take({ feed: 1, number: 1, entries: [text(5, 'x')], isDone: true });
    await expect(reader.ended).resolves.toBe('done');
    expect(taken).toEqual([5]);
  });

  it('tells its owner at once when much has come', () => {
    for (let number = 1; number <= 40; number += 1) reader.take(message(number));
    expect(told).toBe(2);
  });
});

describe('batchesOf', () => {
  it('bounds what one message tells', () => {
    const numbers = Array.from({ length: 2 * FEEDS_PER_BATCH + 1 }, (_, feed) => [feed, feed] as const);
    const batches = batchesOf(numbers);
    expect(batches.map(({ length }) => length)).toEqual([FEEDS_PER_BATCH, FEEDS_PER_BATCH, 1]);
    expect(batches.flat()).toEqual(numbers);
    const largest = numbers.slice(0, FEEDS_PER_BATCH).map(() => [2 ** 40, 2 ** 40]);
    expect(JSON.stringify(largest).length).toBeLessThan(MAX_MESSAGE_CHARACTERS);
  });
});
