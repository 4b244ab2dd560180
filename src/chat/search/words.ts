/** A word of a text, folded, and where it stands. */
export interface Word {
  /** Without case and accents. */
  readonly folded: string;
  /** `pairs`: of a script that is searched by pairs of characters, not by whole words. */
  readonly kind: 'word' | 'pairs';
  /** In UTF-16 code units of the text, from `start` to before `end`. */
  readonly start: number;
  readonly end: number;
}

/** Words are compared, and kept in the index, up to here: what is longer is no word that anybody types to its end. */
const MAX_WORD_CHARACTERS = 40;

/** Chinese, Japanese and Korean: particles and the next word follow without a space. */
const BY_PAIRS =
  '\u3099\u309a\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\u30fc\uff70\uff9e\uff9f';
/** Words without spaces between, which only a dictionary finds. */
const BY_DICTIONARY = '\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}';
const LETTERS = '\\p{L}\\p{N}\\p{M}';
// By constructor, because the compiler's target knows no differences of sets.
const WORDS = new RegExp(
  `(?<pairs>[${BY_PAIRS}]+)|(?<dictionary>[${BY_DICTIONARY}]+)|[[${LETTERS}]--[${BY_PAIRS}${BY_DICTIONARY}]]+`,
  'gv',
);
/** Marks that writers leave out: accents, Hebrew and Arabic vowels. Not those that make another letter, as in the scripts of India. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/g;

const ASCII = /^[\0-\x7f]*$/;
const dictionary = new Intl.Segmenter('und', { granularity: 'word' });

/** The same for all spellings of a word: without case, accents and the forms of one character. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const plain = text.normalize('NFKD').replace(ACCENTS, '');
  // By way of upper case, where `ß` is `SS` and both small sigmas are one.
  return plain.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

/** The words of a text in their order. Nothing is looked at before it is asked for. */
export function* wordsOf(text: string): Generator<Word> {
  for (const { 0: found, index, groups } of text.matchAll(WORDS)) {
    if (groups?.dictionary !== undefined) yield* dictionaryWords(found, index);
    else {
      const isPairs = groups?.pairs !== undefined;
      const folded = fold(isPairs ? found : found.slice(0, MAX_WORD_CHARACTERS));
      yield { folded, kind: isPairs ? 'pairs' : 'word', start: index, end: index + found.length };
    }
  }
}

function* dictionaryWords(text: string, from: number): Generator<Word> {
  for (const { segment, index } of dictionary.segment(text)) {
    const folded = fold(segment.slice(0, MAX_WORD_CHARACTERS));
    yield { folded, kind: 'word', start: from + index, end: from + index + segment.length };
  }
}
