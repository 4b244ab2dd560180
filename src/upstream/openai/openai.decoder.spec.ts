import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesOf,
  decode,
  endsThatPass,
  newReport,
  wrongSplits,
} from '../../../test/support/upstream/decoding.js';
import { OpenAiDecoder } from './openai.decoder.js';

const read = (name: string) => readFileSync(join(import.meta.dirname, '__fixtures__', `${name}.sse`));
const make = (report: ReturnType<typeof newReport>) => new OpenAiDecoder(report);

const GOLDEN = {
  text: [{ type: 'text-delta', text: 'Grüße 👋, "line"\nnext' }],
  tools: [
    { type: 'reasoning-delta', text: 'Two calls.' },
    { type: 'text-delta', text: 'One moment.' },
  ],
} as const;

describe.each(['text', 'tools'] as const)('the stream "%s"', (name) => {
  const body = read(name);
  const expected = { outcome: 'done', events: GOLDEN[name], report: newReport() };

  it('means what it is known to mean, whole, byte by byte and split anywhere', () => {
    expect(decode(make, [body])).toEqual(expected);
    expect(decode(make, bytesOf(body))).toEqual(expected);
    expect(wrongSplits(make, body)).toEqual([]);
  });

  it('means the same with CRLF, without its final blank line, and without [DONE]', () => {
    const text = body.toString('utf8');
    for (const other of [
      text.replaceAll('\n', '\r\n'),
      text.trimEnd(),
      text.replace('data: [DONE]\n\n', ''),
    ]) {
      expect(decode(make, [Buffer.from(other)])).toEqual(expected);
    }
  });

  it('is a failure wherever it is cut before the model has ended', () => {
    const reason = body.indexOf(Buffer.from(name === 'text' ? '"stop"' : '"tool_calls"}'));
    const ended = body.indexOf(Buffer.from('}]'), reason);
    expect(endsThatPass(make, body, ended)).toEqual([]);
  });
});

describe('OpenAiDecoder', () => {
  const step = (body: Buffer | string) => {
    const decoder = new OpenAiDecoder(newReport());
    decoder.push(Buffer.from(body));
    decoder.end();
    return decoder.completion;
  };
  const toolPieces = (...pieces: readonly unknown[]) =>
    step(
      pieces
        .map((piece) => `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [piece] } }] })}\n\n`)
        .join(''),
    ).requestedTools;

  it('puts tool calls together, and knows usage, text and end', () => {
    const tools = step(read('tools'));
    expect(tools.requestedTools).toEqual([
      { id: 'call_a', name: 'add_task', arguments: '{"title":"Brötchen"}' },
      { id: 'call_b', name: 'list_tasks', arguments: '{}' },
    ]);
    expect(tools).toMatchObject({ text: 'One moment.', finishReason: 'tool-calls', model: 'small-1' });
    expect(step(read('text')).usage).toEqual({ inputTokens: 9, outputTokens: 6, totalTokens: 15 });
  });

  it('tells tool calls apart by their ids when all have the index 0', () => {
    const calls = toolPieces(
      { index: 0, id: 'a', function: { name: 'one', arguments: '{"x":' } },
      { index: 0, function: { arguments: '1}' } },
      { index: 0, id: 'b', function: { name: 'two', arguments: '{}' } },
    );
    expect(calls).toEqual([
      { id: 'a', name: 'one', arguments: '{"x":1}' },
      { id: 'b', name: 'two', arguments: '{}' },
    ]);
  });

  it('tells tool calls apart by their names when they have neither index nor id', () => {
    const calls = toolPieces(
      { function: { name: 'one', arguments: { x: 1 } } },
      { function: { name: 'two', arguments: '{"y":' } },
      { function: { arguments: '2}' } },
    );
    expect(calls).toEqual([
      { id: '', name: 'one', arguments: '{"x":1}' },
      { id: '', name: 'two', arguments: '{"y":2}' },
    ]);
  });

  it('puts pieces of two calls that alternate where they belong', () => {
    const calls = toolPieces(
      { index: 0, id: 'a', function: { name: 'one', arguments: '' } },
      { index: 1, id: 'b', function: { name: 'two', arguments: '' } },
      { index: 0, function: { arguments: 'A' } },
      { index: 1, function: { arguments: 'B' } },
    );
    expect(calls.map(({ arguments: json }) => json)).toEqual(['A', 'B']);
  });
});
