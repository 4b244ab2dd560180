import { SseParser, type SseFrame } from './sse-parser.js';

const encoder = new TextEncoder();

function parse(text: string, cuts: readonly number[] = []): SseFrame[] {
  const bytes = encoder.encode(text);
  const parser = new SseParser();
  const frames: SseFrame[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    frames.push(...parser.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return frames;
}

const STREAM =
  '\uFEFFid: 1\ndata: {"a":"ü😀"}\n\n: hb\nid:2\r\nevent: x\r\ndata:b\r\ndata: c\r\n\r\ndata\rid: 3\r\rdata: cut';
const FRAMES = [
  { id: '1', event: 'message', data: '{"a":"ü😀"}' },
  { id: '2', event: 'x', data: 'b\nc' },
  { id: '3', event: 'message', data: '' },
];

describe('SseParser', () => {
  it('reads every line ending, comments, several data lines, a byte order mark, and drops what was cut', () => {
    expect(parse(STREAM)).toEqual(FRAMES);
  });

  it('reads the same wherever the bytes are cut once', () => {
    const { length } = encoder.encode(STREAM);
    for (let cut = 0; cut <= length; cut += 1) expect(parse(STREAM, [cut])).toEqual(FRAMES);
  });

  it('reads the same byte by byte', () => {
    const { length } = encoder.encode(STREAM);
    expect(
      parse(
        STREAM,
        Array.from({ length }, (_, index) => index),
      ),
    ).toEqual(FRAMES);
  });

  it('ignores an id with a null character and frames without data', () => {
    expect(parse('id: 4\n\nid: 5\0\ndata: x\n\n')).toEqual([{ id: '4', event: 'message', data: 'x' }]);
  });

  it('refuses a frame beyond any measure', () => {
    const parser = new SseParser();
    const chunk = encoder.encode('x'.repeat(8 * 1024 * 1024));
    expect(() => {
      for (let index = 0; index < 5; index += 1) parser.push(chunk);
    }).toThrow(RangeError);
  });
});
