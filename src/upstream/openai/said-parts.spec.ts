import { bytesOf, decode, newReport } from '../../../test/support/upstream/decoding.js';
import { sse } from '../../../test/support/upstream/behaviours.js';
import { OpenAiDecoder } from './openai.decoder.js';

const make = (report: ReturnType<typeof newReport>) => new OpenAiDecoder(report);
const END = `${sse({ choices: [{ delta: {}, finish_reason: 'stop' }] })}data: [DONE]\n\n`;
const stream = (...deltas: readonly unknown[]) =>
  Buffer.from(deltas.map((delta) => sse({ choices: [{ delta }] })).join('') + END);
const eventsOf = (...deltas: readonly unknown[]) => decode(make, [stream(...deltas)]).events;
const text = (said: string) => ({ type: 'text-delta', text: said });
const reasoning = (thought: string) => ({ type: 'reasoning-delta', text: thought });

describe('thoughts between tags', () => {
  const WHOLE = 'A <b>bold</b> start <think>why? 1 < 2 </thin </think>and an end <thi';
  const PARTS = [text('A <b>bold</b> start '), reasoning('why? 1 < 2 </thin '), text('and an end <thi')];

  it('are reasoning, wherever the text is cut', () => {
    expect(eventsOf({ content: WHOLE })).toEqual(PARTS);
    expect(eventsOf(...[...WHOLE].map((content) => ({ content })))).toEqual(PARTS);
    for (let at = 0; at <= WHOLE.length; at += 1) {
      expect(eventsOf({ content: WHOLE.slice(0, at) }, { content: WHOLE.slice(at) })).toEqual(PARTS);
    }
    const bytes = bytesOf(stream({ content: WHOLE.slice(0, 25) }, { content: WHOLE.slice(25) }));
    expect(decode(make, bytes).events).toEqual(PARTS);
  });

  it('go on to the end when nothing closes them, and may come more than once', () => {
    expect(eventsOf({ content: '<think>a</th' })).toEqual([reasoning('a</th')]);
    expect(eventsOf({ content: '<think>a</think><think>b</think>c' })).toEqual([reasoning('ab'), text('c')]);
  });

  it('are no part of what the model has said', () => {
    const decoder = new OpenAiDecoder(newReport());
    decoder.push(stream({ content: '<think>a</think>b' }));
    expect(decoder.completion.text).toBe('b');
  });
});

describe('a content list', () => {
  it('is thoughts and text in their order, also behind a text and before one', () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }], closed: true };
    expect(
      eventsOf(
        { content: 'a' },
        { content: [thinking, { type: 'text', text: 'b' }] },
        { content: [{ type: 'reference', reference_ids: [1] }, 'c'] },
        {
          content: [
            { type: 'thinking', thinking: 'so' },
            { type: 'refusal', refusal: 'd' },
          ],
        },
        { content: 'e' },
      ),
    ).toEqual([text('a'), reasoning('hm'), text('bc'), reasoning('so'), text('de')]);
  });
});

describe('thoughts beside the text', () => {
  it.each([
    ['reasoning_content', { reasoning_content: 'x', content: null }],
    ['reasoning', { reasoning: 'x', content: '' }],
    ['reasoning_details', { reasoning_details: [{ text: 'x' }, { type: 'reasoning.encrypted', data: '…' }] }],
    ['a summary', { reasoning_details: [{ type: 'reasoning.summary', summary: 'x' }] }],
    ['the same twice', { reasoning: 'x', reasoning_details: [{ text: 'x' }] }],
  ])('are read from %s', (_name, delta) => {
    expect(eventsOf(delta, { content: 'a' })).toEqual([reasoning('x'), text('a')]);
  });

  it('do not hide a refusal, which stands beside an empty content', () => {
    expect(eventsOf({ content: '', refusal: 'No.' })).toEqual([text('No.')]);
  });
});
