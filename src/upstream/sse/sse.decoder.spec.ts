import fc from 'fast-check';
import { AppError } from '../../platform/errors/app.error.js';
import { SseDecoder } from './sse.decoder.js';

function decode(chunks: readonly Buffer[], flush = true, maxEventBytes?: number): string[] {
  const decoder = new SseDecoder(maxEventBytes);
  const found: string[] = [];
  for (const chunk of chunks) decoder.push(chunk, (data) => found.push(data));
  if (flush) decoder.flush((data) => found.push(data));
  return found;
}

const decodeText = (text: string, flush = true) => decode([Buffer.from(text)], flush);

describe('SseDecoder', () => {
  it.each([
    ['a space after the colon is not part of the value', 'data: a\n\n', ['a']],
    ['only one space is taken', 'data:  a\n\n', [' a']],
    ['no space is needed', 'data:a\n\n', ['a']],
    ['CR line ends', 'data:a\r\rdata:b\r\r', ['a', 'b']],
    ['CRLF line ends', 'data:a\r\n\r\ndata:b\r\n\r\n', ['a', 'b']],
    ['mixed line ends', 'data:a\r\n\ndata:b\n\rdata:c\r\r\n', ['a', 'b', 'c']],
    ['a byte order mark at the start', '\uFEFFdata:a\n\n', ['a']],
    ['comments', ':heartbeat\n\n: hb\ndata:a\n:x\n\n', ['a']],
    ['other and unknown fields', 'message:\nid: 1\nevent: x\nretry: 5\ndata:a\n\n', ['a']],
    ['a field whose name only starts with data', 'database:x\ndata2: y\ndata:a\n\n', ['a']],
    ['several data lines are joined with LF', 'data:a\ndata: b\ndata\ndata:\ndata:c\n\n', ['a\nb\n\n\nc']],
    ['an event without data', 'event: ping\n\ndata:a\n\n', ['a']],
    ['an event with empty data', 'data:\n\ndata:a\n\n', ['a']],
    ['many blank lines', '\n\n\ndata:a\n\n\n\n', ['a']],
  ])('reads %s', (_name, text, expected) => {
    expect(decodeText(text, false)).toEqual(expected);
  });

  it('keeps an unfinished event back until the stream ends', () => {
    expect(decodeText('data:a\n\ndata:b', false)).toEqual(['a']);
    expect(decodeText('data:a\n\ndata:b')).toEqual(['a', 'b']);
    expect(decodeText('data:a\n\ndata:b\n')).toEqual(['a', 'b']);
    expect(decodeText('data:a\n\ndata:b\r\n')).toEqual(['a', 'b']);
    expect(decodeText('')).toEqual([]);
  });

  it('gives the same events at every split, also inside characters and line ends', () => {
    const bytes = Buffer.from(
      '\uFEFFdata: é😀\r\ndata:日本\r\n\r\n:hb\r\rdata:b\n\nmessage:\ndata:👨‍👩‍👧\r\n\r\n',
    );
    const expected = ['é😀\n日本', 'b', '👨‍👩‍👧'];
    expect(decode([bytes])).toEqual(expected);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
    }
    expect(decode([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it('gives the same events for any chunking of any stream', () => {
    const line = fc.constantFrom(
      'data:',
      'data: x',
      'data:é',
      ':c',
      'message:',
      '',
      '',
      'data',
      'id:1',
      '😀',
    );
    const ending = fc.constantFrom('\n', '\r', '\r\n');
    const cuts = fc.array(fc.nat(120), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(line, ending), { maxLength: 20 }), cuts, (lines, positions) => {
        const bytes = Buffer.from(lines.map(([text, end]) => text + end).join(''));
        const bounds = [...new Set([0, ...positions.filter((at) => at < bytes.length), bytes.length])];
        bounds.sort((a, b) => a - b);
        const chunks = bounds.slice(1).map((to, index) => bytes.subarray(bounds[index], to));
        expect(decode(chunks)).toEqual(decode([bytes]));
      }),
    );
  });

  it('emits an event with the chunk that completes it', () => {
    const decoder = new SseDecoder();
    const found: string[] = [];
    decoder.push(Buffer.from('data:a\n'), (data) => found.push(data));
    expect(found).toEqual([]);
    decoder.push(Buffer.from('\n'), (data) => found.push(data));
    expect(found).toEqual(['a']);
  });

  it('emits on the CR that completes an event, without waiting for its LF', () => {
    expect(decodeText('data:a\r\r', false)).toEqual(['a']);
    expect(decode([Buffer.from('data:a\r\n\r'), Buffer.from('\ndata:b\r\n\r\n')], false)).toEqual(['a', 'b']);
  });

  it('refuses an event above its bound, after the events before it', () => {
    const decoder = new SseDecoder(100);
    const found: string[] = [];
    const push = (text: string) => () => decoder.push(Buffer.from(text), (data) => found.push(data));
    push('data:a\n\n')();
    expect(push(`data:b\n\ndata:${'x'.repeat(200)}`)).toThrow(AppError);
    expect(found).toEqual(['a', 'b']);
  });

  it('counts the data lines of one event against the bound', () => {
    const lines = Array.from({ length: 30 }, () => Buffer.from('data:0123456789\n'));
    expect(() => decode(lines, false, 100)).toThrow(AppError);
  });

  it('reads an event of one megabyte that comes in small pieces', () => {
    const value = 'é'.repeat(512 * 1024);
    const bytes = Buffer.from(`data:${value}\n\n`);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 1001) chunks.push(bytes.subarray(at, at + 1001));
    expect(decode(chunks, false)).toEqual([value]);
  });
});
