/** @jest-environment node */
import type { ProviderEvent } from '../../contract/chat-event.js';
import { collect } from '../../../test/support/upstream/provider-harness.js';
import type { ProviderCall } from '../chat-provider.port.js';
import type { Chunking } from '../../contract/chunking.js';
import { chunked, shownAs } from './chunked.js';

const callOf = (arrivedWhole: boolean, ...batches: readonly (readonly ProviderEvent[])[]): ProviderCall => ({
  events: (async function* () {
    yield* batches;
  })(),
  report: { repairedEvents: 0, droppedEvents: 0, unknownEvents: 0 },
  reach: 'accepted',
  stop: () => Promise.resolve({ acknowledged: true }),
  arrivedWhole,
});
const read = (call: ProviderCall, chunking: Chunking) =>
  collect({ ...call, events: chunked(call, chunking, new AbortController().signal) });
const ANSWER = 'One two  three\nfour.';
const answer: ProviderEvent = { type: 'text-delta', text: ANSWER };
const sources: ProviderEvent = { type: 'sources', sources: [] };

describe('chunked', () => {
  it('cuts an answer that arrived whole after so many words, and loses nothing', async () => {
    const { batches } = await read(callOf(true, [answer, sources]), { words: 2, delayMs: 0 });
    expect(batches).toEqual([
      [{ type: 'text-delta', text: 'One two  ' }],
      [{ type: 'text-delta', text: 'three\nfour.' }],
      [sources],
    ]);
  });

  it('cuts after so many characters', async () => {
    const { batches } = await read(callOf(true, [answer]), { characters: 8, delayMs: 0 });
    expect(batches.map(([event]) => event?.type === 'text-delta' && event.text)).toEqual([
      'One two ',
      ' three\nf',
      'our.',
    ]);
  });

  it('pauses as long as the kind of content wants', () => {
    const chunking: Chunking = { words: 1, delayMs: 30, delays: { code: 5, reasoning: 1 } };
    const pausesOf = (event: ProviderEvent, how = chunking) =>
      shownAs(event, how).map(({ shown, delayMs }) => ['text' in shown && shown.text, delayMs]);
    expect(pausesOf({ type: 'text-delta', text: 'a b\n```\nc\n```\nd' })).toEqual([
      ['a ', 30],
      ['b\n', 30],
      ['```\n', 5],
      ['c\n', 5],
      ['```\n', 5],
      ['d', 30],
    ]);
    const thought: ProviderEvent = { type: 'reasoning-delta', text: 'hm so' };
    expect(pausesOf(thought)).toEqual([
      ['hm ', 1],
      ['so', 1],
    ]);
    expect(pausesOf(thought, { words: 1, delayMs: 30 })).toEqual([['hm so', 0]]);
  });

  it('leaves answers that stream as they are', async () => {
    const { batches } = await read(callOf(false, [answer]), { words: 1, delayMs: 1000 });
    expect(batches).toEqual([[answer]]);
  });

  it('ends with the signal’s reason when that aborts between two pieces', async () => {
    const controller = new AbortController();
    const pieces = chunked(callOf(true, [answer]), { words: 1, delayMs: 60_000 }, controller.signal);
    await pieces.next();
    const next = pieces.next();
    controller.abort('stopped');
    await expect(next).rejects.toBe('stopped');
  });
});
