import {
  MAX_ARGUMENT_BYTES,
  MAX_TOOL_PIECES,
  MAX_TOOLS_PER_STEP,
  ToolCallAssembly,
} from './tool-call-assembly.js';

const piece = (name?: string, json?: unknown, more: object = {}) => ({
  ...more,
  function: { ...(name === undefined ? {} : { name }), ...(json === undefined ? {} : { arguments: json }) },
});
const FIRST = { index: 0 };
const assemble = (...pieces: readonly unknown[]) => {
  const assembly = new ToolCallAssembly();
  const taken = pieces.every((one) => assembly.add([one]));
  return { taken, calls: assembly.calls.map(({ id, name, arguments: json }) => [id, name, json]) };
};

describe('ToolCallAssembly', () => {
  it.each([
    [
      'pieces without index, of calls that alternate, by their ids',
      [
        piece('a', '{', { id: '1' }),
        piece('b', '[', { id: '2' }),
        piece(undefined, '}', { id: '1' }),
        piece(undefined, ']', { id: '2' }),
      ],
      [
        ['1', 'a', '{}'],
        ['2', 'b', '[]'],
      ],
    ],
    [
      'calls that all have the index 0 and no ids, by their names',
      [
        piece('a', '{"x":', { index: 0 }),
        piece(undefined, '1}', { index: 0 }),
        piece('b', '{}', { index: 0 }),
        piece('b', '{"y":2}', { index: 0 }),
      ],
      [
        ['', 'a', '{"x":1}'],
        ['', 'b', '{}'],
        ['', 'b', '{"y":2}'],
      ],
    ],
    [
      'an index that comes again with another id',
      [
        piece('a', '{}', { index: 1, id: '1' }),
        piece('b', '{', { index: 1, id: '2' }),
        piece(undefined, '}', { index: 1 }),
      ],
      [
        ['1', 'a', '{}'],
        ['2', 'b', '{}'],
      ],
    ],
    [
      'calls whose index is a text, or no small number, and that alternate',
      [
        piece('a', '{', { index: '0', id: '1' }),
        piece('b', '[', { index: -7.5, id: '2' }),
        piece(undefined, '}', { index: '0' }),
        piece(undefined, ']', { index: -7.5 }),
      ],
      [
        ['1', 'a', '{}'],
        ['2', 'b', '[]'],
      ],
    ],
    [
      'a call whose index counts up with every piece, by its id',
      [piece('a', '{"x"', { index: 0, id: '1' }), piece(undefined, ':1}', { index: 1, id: '1' })],
      [['1', 'a', '{"x":1}']],
    ],
    [
      'id and name that are repeated with every piece',
      [piece('a', '{"x"', { index: 0, id: '1' }), piece('a', ':1}', { index: 0, id: '1' })],
      [['1', 'a', '{"x":1}']],
    ],
    [
      'a name that is repeated with every piece',
      [piece('a', '{"x"', { index: 0 }), piece('a', ':1}', { index: 0 })],
      [['', 'a', '{"x":1}']],
    ],
  ])('puts together %s', (_name, pieces, calls) => {
    expect(assemble(...pieces)).toEqual({ taken: true, calls });
  });

  it('takes a call in very many pieces, and not more than its bounds', () => {
    const small = Array.from({ length: 20_000 }, () => piece(undefined, 'x', { index: 0 }));
    expect(assemble(piece('a', '', { index: 0, id: '1' }), ...small)).toEqual({
      taken: true,
      calls: [['1', 'a', 'x'.repeat(20_000)]],
    });
    const calls = (count: number) =>
      Array.from({ length: count }, (_, index) => piece('a', '{}', { index, id: String(index) }));
    expect(assemble(...calls(MAX_TOOLS_PER_STEP)).taken).toBe(true);
    expect(assemble(...calls(MAX_TOOLS_PER_STEP + 1)).taken).toBe(false);
    const long = (bytes: number) =>
      assemble(piece('aa', 'é'.repeat(bytes / 2 - 1), FIRST), piece('aa', '', FIRST)).taken;
    expect([long(MAX_ARGUMENT_BYTES), long(MAX_ARGUMENT_BYTES + 2)]).toEqual([true, false]);
    const empty = Array.from({ length: MAX_TOOL_PIECES }, () => piece(undefined, '', { index: 0 }));
    expect(assemble(...empty).taken).toBe(true);
    expect(assemble(...empty, empty[0]).taken).toBe(false);
  });
});
