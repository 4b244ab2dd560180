import type { Chunking } from '../../contract/chunking.js';
import { textPieces } from './text-pieces.js';

const CODE = '```ts\nconst a = 1;\n\nlet b;\n```\n';
const TEXT = `One two.  Three four!\n\nFive:\n${CODE}Done 🙂 ok`;
const piecesOf = (text: string, chunking: Omit<Chunking, 'delayMs'>): string[] =>
  textPieces(text, { ...chunking, delayMs: 0 }).map((piece) => piece.text);

describe('textPieces', () => {
  it.each<[string, Omit<Chunking, 'delayMs'>]>([
    ['words', { words: 3 }],
    ['characters', { characters: 1 }],
    ['many characters', { characters: 7 }],
    ['adaptive', { adaptive: true }],
  ])('loses nothing: %s', (_name, chunking) => {
    for (const text of [
      TEXT,
      '',
      '\n\n',
      '```',
      'a```b',
      '```\nnot closed',
      'x'.repeat(1000),
      '日本'.repeat(300),
    ])
      expect(piecesOf(text, chunking).join('')).toBe(text);
  });

  it('cuts after so many characters, and never within one', () => {
    expect(piecesOf('abcdefg', { characters: 3 })).toEqual(['abc', 'def', 'g']);
    expect(piecesOf('a🙂b🙂', { characters: 2 })).toEqual(['a🙂', 'b🙂']);
  });

  it('cuts at sentences in a text and at lines in code', () => {
    expect(piecesOf(TEXT, { adaptive: true })).toEqual([
      'One two.  ',
      'Three four!\n',
      '\n',
      'Five:\n',
      '```ts\n',
      'const a = 1;\n',
      '\n',
      'let b;\n',
      '```\n',
      'Done 🙂 ok',
    ]);
  });

  it('cuts a long sentence at words, and a text without spaces somewhere', () => {
    const words = piecesOf('word '.repeat(50), { adaptive: true });
    expect(words.every((piece) => /^(word )+$/.test(piece) && piece.length <= 80)).toBe(true);
    expect(Math.max(...piecesOf('字'.repeat(500), { adaptive: true }).map(({ length }) => length))).toBe(80);
  });

  it('says what is code', () => {
    const code = textPieces(TEXT, { adaptive: true, delayMs: 0 }).filter(({ isCode }) => isCode);
    expect(code.map(({ text }) => text).join('')).toBe(CODE);
  });
});
