import { wordChunks } from '../assistant/word-chunks.js';
import type { Chunking } from '../../contract/chunking.js';

export interface TextPiece {
  readonly text: string;
  /** Whether it stands between the fences of a block of code. */
  readonly isCode: boolean;
}

/** A sentence that is longer is shown in several pieces. */
const MAX_ADAPTIVE_CHARACTERS = 80;
/** A block of code in Markdown; one that is not closed goes on to the end. */
const CODE_BLOCK = /^[ \t]*```[^\n]*(?:\n[\s\S]*?(?:^[ \t]*```[^\n]*(?:\n|$)|$(?![\s\S]))|$(?![\s\S]))/gm;

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Cuts a text into the pieces in which it is to be shown; joined they are the text again. */
export function textPieces(text: string, chunking: Chunking): TextPiece[] {
  return partsOf(text).flatMap((part) =>
    cut(part, chunking).map((piece) => ({ text: piece, isCode: part.isCode })),
  );
}

function partsOf(text: string): TextPiece[] {
  const parts: TextPiece[] = [];
  let at = 0;
  for (const { 0: code, index } of text.matchAll(CODE_BLOCK)) {
    if (index > at) parts.push({ text: text.slice(at, index), isCode: false });
    parts.push({ text: code, isCode: true });
    at = index + code.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), isCode: false });
  return parts;
}

function cut({ text, isCode }: TextPiece, { words, characters, adaptive }: Chunking): string[] {
  if (characters !== undefined) return sliced(text, characters);
  if (words !== undefined) return wordChunks(text, words);
  if (adaptive !== true) return [text];
  return isCode ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : sentencePieces(text);
}

/** Sentences, and of long ones as many words as go into a piece. */
function sentencePieces(text: string): string[] {
  return Array.from(sentences.segment(text), ({ segment }) => segment).flatMap((sentence) =>
    sentence.length <= MAX_ADAPTIVE_CHARACTERS ? [sentence] : wordPieces(sentence),
  );
}

function wordPieces(sentence: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const word of wordChunks(sentence, 1)) {
    if (piece !== '' && piece.length + word.length > MAX_ADAPTIVE_CHARACTERS) {
      pieces.push(piece);
      piece = '';
    }
    piece += word;
  }
  if (piece !== '') pieces.push(piece);
  // Scripts without spaces.
  return pieces.flatMap((long) => sliced(long, MAX_ADAPTIVE_CHARACTERS));
}

/** Pieces of so many characters, none of which ends in the middle of one. */
function sliced(text: string, characters: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + characters;
    const isHalf = end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1));
    pieces.push(text.slice(at, isHalf ? end + 1 : end));
    at = isHalf ? end + 1 : end;
  }
  return pieces;
}
