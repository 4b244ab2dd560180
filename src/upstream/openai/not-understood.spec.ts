import fc from 'fast-check';
import { bytesOf, decode, newReport } from '../../../test/support/upstream/decoding.js';
import { NOT_UNDERSTOOD } from '../../../test/support/upstream/not-understood.js';
import { sse } from '../../../test/support/upstream/behaviours.js';
import { AppError } from '../../platform/errors/app.error.js';
import { createOpenAiJsonDecoder } from './openai-json.decoder.js';
import { OpenAiDecoder } from './openai.decoder.js';

const make = (report: ReturnType<typeof newReport>) => new OpenAiDecoder(report);
const chunk = (delta: unknown, finish: unknown = null) => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const HEAD = sse(chunk({ content: 'half' }));
const TAIL = sse(chunk({}, 'stop')) + sse('[DONE]');
const HALF = [{ type: 'text-delta', text: 'half' }];
const around = (bytes: string) => [Buffer.from(HEAD + bytes + TAIL)];

describe('a chat completion fails, with what was said before, by', () => {
  it.each(NOT_UNDERSTOOD)('%s', (_name, bytes) => {
    const body = Buffer.from(HEAD + bytes + TAIL);
    for (const chunks of [[body], bytesOf(body)]) {
      expect(decode(make, chunks)).toMatchObject({ outcome: 'failed', events: HALF });
    }
    const decoder = new OpenAiDecoder(newReport());
    decoder.push(body);
    expect((decoder.outcome as AppError).publicMessage).not.toMatch(/secret/);
  });

  it.each([
    ['an unknown reason to finish', chunk({}, 'error')],
    ['a reason to finish that is no word', chunk({}, { reason: 'stop' })],
    ['a reason that every object has', chunk({}, 'constructor')],
    ['an error in the choice', { choices: [{ delta: { content: '' }, error: { message: 'x' } }] }],
    ['an error in the delta', chunk({ content: 'b', error: 'x' })],
    ['an error beside no choices', { choices: [], x_groq: { error: 'x' } }],
    ['an error beside token counts', { choices: [], usage: {}, x_groq: { error: 'x' } }],
    ['an answer in a member that nobody knows', { choices: [], output_text: 'b' }],
    ['a delta in a member that nobody knows', chunk({ role: 'assistant', output: 'b' })],
    ['a delta of another type', chunk(7)],
    ['a content of another type', chunk({ content: 7 })],
    ['a content part of another kind', chunk({ content: [{ type: 'image', url: 'x' }] })],
    ['tool calls of another type', chunk({ tool_calls: 'x' })],
    ['a tool call of another type', chunk({ tool_calls: [{ type: 'function' }] })],
    ['an empty choice', { choices: [{}] }],
    ['a piece of another answer', { choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] }],
    [
      'several answers',
      {
        choices: [
          { index: 0, delta: { content: 'b' } },
          { index: 1, delta: { content: 'c' } },
        ],
      },
    ],
    ['a choice that is none', { choices: [null] }],
    ['choices of another type', { choices: 'none', usage: {} }],
    ['token counts of another type', { usage: 'much' }],
  ])('%s', (_name, event) => {
    expect(decode(make, around(sse(event)))).toMatchObject({ outcome: 'failed', events: HALF });
  });

  it('any JSON that has neither choices nor token counts', () => {
    const isAnswer = (value: unknown) =>
      typeof value === 'object' && value !== null && ('choices' in value || 'usage' in value);
    fc.assert(
      fc.property(
        fc.jsonValue().filter((value) => !isAnswer(value)),
        (value) => {
          expect(decode(make, around(sse(JSON.stringify(value))))).toMatchObject({ outcome: 'failed' });
        },
      ),
    );
  });

  it('any choice that has neither a delta nor a reason to finish', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const choice =
          typeof value === 'object' && value !== null
            ? { ...value, delta: undefined, message: undefined, finish_reason: undefined }
            : value;
        expect(decode(make, around(sse({ choices: [choice] })))).toMatchObject({ outcome: 'failed' });
      }),
    );
  });

  it('the end of the body before a reason to finish', () => {
    expect(decode(make, [Buffer.from(HEAD)])).toMatchObject({ outcome: 'failed', events: HALF });
  });
});

describe('a chat completion is complete with', () => {
  it.each([
    ['a ping', 'data: {"type":"ping"}\n\n'],
    ['a ping in other letters', 'event: Keep-Alive\ndata: {"type":"PING","at":"12:00"}\n\n'],
    ['a ping that says something', 'event: heartbeat\ndata: {"message":"still here"}\n\n'],
    ['a ping that is no JSON', 'event: ping\ndata: 2026-11-28 12:00\n\n'],
    ['a named ping', 'event: ping\ndata: {}\n\n'],
    ['a named ping without data', 'event: ping\n\n'],
    ['a comment', ': keep-alive\n\n'],
    ['an id and a pause', 'id: 7\nretry: 1000\n\n'],
    ['an empty event', 'data:\n\n'],
    ['no choices', sse({ id: 'x', choices: [], prompt_filter_results: [{ prompt_index: 0 }] })],
    ['token counts only', sse({ usage: { prompt_tokens: 1 } })],
    ['token counts beside what nobody knows', sse({ choices: [], usage: {}, cost: 1 })],
    ['an empty delta', sse(chunk({}))],
    ['a role', sse(chunk({ role: 'assistant', content: null, refusal: null, audio: null }))],
    ['a named chunk', `event: message\n${sse(chunk({ content: '' }, ''))}`],
    ['annotations', sse(chunk({ annotations: [{ type: 'url_citation' }] }))],
  ])('%s', (_name, bytes) => {
    expect(decode(make, around(bytes))).toMatchObject({ outcome: 'done', events: HALF });
  });

  it.each([
    ['STOP', 'stop'],
    ['Length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['content-filter', 'content-filter'],
    ['SAFETY', 'content-filter'],
    ['tool-calls', 'tool-calls'],
  ])('the reason to finish %s, which is %s', (word, reason) => {
    const decoder = new OpenAiDecoder(newReport());
    decoder.push(Buffer.from(HEAD + sse(chunk({}, word)) + sse('[DONE]')));
    expect(decoder).toMatchObject({ outcome: 'done', completion: { finishReason: reason } });
  });

  const PRETTY = JSON.stringify(chunk({ content: 'half' }), null, 2);
  it.each([
    ['a byte order mark', `\uFEFF${HEAD}`],
    ['line ends of two characters', HEAD.replaceAll('\n', '\r\n')],
    ['line ends of another character', HEAD.replaceAll('\n', '\r')],
    ['no space behind the colon', HEAD.replace('data: ', 'data:')],
    [
      'JSON in many lines',
      `${PRETTY.split('\n')
        .map((line) => `data: ${line}`)
        .join('\n')}\n\n`,
    ],
    ['blank lines before it', `\n\n${HEAD}`],
    ['fields around the data', `id: 1\n: hi\nretry: 5\n${HEAD.trimEnd()}\nid: 2\n\n`],
    ['a space behind the data', HEAD.replace('}\n\n', '} \n\n')],
  ])('%s', (_name, head) => {
    for (const chunks of [[Buffer.from(head + TAIL)], bytesOf(Buffer.from(head + TAIL))]) {
      const { outcome, events, report } = decode(make, chunks);
      expect([outcome, events, report]).toEqual(['done', HALF, newReport()]);
    }
  });

  it('no end mark, whatever of it was cut', () => {
    const body = HEAD + sse(chunk({}, 'stop')) + 'data: [DONE]';
    for (let at = body.length - 'data: [DONE]'.length; at <= body.length; at += 1) {
      expect(decode(make, [Buffer.from(body.slice(0, at))])).toMatchObject({ outcome: 'done', events: HALF });
    }
  });

  it('its reason to finish already, although more may come', () => {
    const decoder = new OpenAiDecoder(newReport());
    decoder.push(Buffer.from(HEAD));
    expect(decoder.isComplete).toBe(false);
    decoder.push(Buffer.from(sse(chunk({}, 'length'))));
    expect(decoder.isComplete).toBe(true);
    expect(decoder.outcome).toBeUndefined();
    decoder.push(Buffer.from(sse({ choices: [], usage: { prompt_tokens: 3 } })));
    decoder.end();
    expect(decoder.outcome).toBe('done');
    expect(decoder.completion).toMatchObject({ finishReason: 'length', usage: { inputTokens: 3 } });
  });
});

describe('a chat completion as a document', () => {
  const read = (text: string) => {
    const { decoder, completion } = createOpenAiJsonDecoder();
    decoder.push(Buffer.from(text));
    decoder.end();
    return { outcome: decoder.outcome, completion };
  };

  it.each([
    '{"detail":"x"}',
    '{"error":"x"}',
    '{"object":"error","message":"x"}',
    'text',
    '<html>',
    '[]',
    '{}',
  ])('fails as %s', (text) => {
    expect(read(text).outcome).toBeInstanceOf(AppError);
  });

  it('ends as it says, and well when it says nothing', () => {
    const choice = { message: { role: 'assistant', content: 'a' } };
    const cut = read(JSON.stringify({ choices: [{ ...choice, finish_reason: 'length' }] }));
    expect(cut).toMatchObject({ outcome: 'done', completion: { finishReason: 'length' } });
    expect(read(JSON.stringify({ choices: [choice] })).completion.finishReason).toBe('stop');
    expect(read(JSON.stringify({ choices: [{ ...choice, finish_reason: 'x' }] })).outcome).toBeInstanceOf(
      AppError,
    );
  });
});
