import { wordsOf, type Word } from './words.js';

/** Different terms that are kept of one question with its answer; of a longer text the rest is not found. */
export const MAX_TERMS = 2000;
/** Characters of one message that are looked through for terms. */
export const MAX_INDEXED_CHARACTERS = 200_000;
/** Characters looked through at once: other turns are served in between. */
const CHARACTERS_AT_ONCE = 8000;

/** Raised when texts have other terms than before: all entries are made anew then. */
export const TERMS_VERSION = 2;

/**
 * Beginnings of words of these lengths are terms too, so that unfinished words are found by one look-up: a range of terms cannot be read from the index alone.
 * They are not told from whole words, which are looked for in the texts anyway.
 */
const BEGINNINGS = [3, 5, 8] as const;
/** The same of words with digits, which differ at any place and are few. */
const NUMBERED_BEGINNINGS = [3, 4, 5, 6, 7, 8, 10, 12, 16] as const;
const DIGIT = /\p{N}/u;

/** Puts what a word is found by into `terms`. */
function addTermsOf({ folded, kind }: Word, terms: Set<string>): void {
  if (kind === 'pairs') {
    for (const term of pairsOf(folded)) terms.add(term);
    for (const character of folded) terms.add(character);
    return;
  }
  terms.add(folded);
  for (const length of beginningsOf(folded)) if (folded.length > length) terms.add(folded.slice(0, length));
}

/** The terms of some texts, at most `MAX_TERMS`. Gives way to others in between. */
export async function termsOf(texts: readonly string[], giveWay: () => Promise<unknown>): Promise<string[]> {
  const terms = new Set<string>();
  for (const text of texts)
    for (const part of partsOf(text.slice(0, MAX_INDEXED_CHARACTERS))) {
      for (const word of wordsOf(part)) {
        addTermsOf(word, terms);
        if (terms.size >= MAX_TERMS) return [...terms].slice(0, MAX_TERMS);
      }
      if (text.length > CHARACTERS_AT_ONCE) await giveWay();
    }
  return [...terms];
}

/**
 * What a word of a query is looked up by: every document with the word has all of these, and others may.
 * @param isUnfinished whether the word may go on
 */
export function lookUpsOf({ folded, kind }: Word, isUnfinished: boolean): readonly string[] {
  if (kind === 'pairs') {
    const pairs = pairsOf(folded);
    return pairs.length === 0 ? [folded] : pairs;
  }
  // A word that may go on may get a digit: of what has none yet there are the usual beginnings at least.
  const length = beginningsOf(folded).findLast((one) => one <= folded.length);
  return isUnfinished && length !== undefined ? [folded.slice(0, length)] : [folded];
}

/** In their order. */
function beginningsOf(folded: string): readonly number[] {
  return DIGIT.test(folded) ? NUMBERED_BEGINNINGS : BEGINNINGS;
}

function pairsOf(folded: string): string[] {
  const characters = [...folded];
  return characters.slice(1).map((second, index) => `${characters[index]}${second}`);
}

/** Cut at spaces, or where there are none anywhere. */
function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const limit = from + CHARACTERS_AT_ONCE;
    const space = limit < text.length ? text.lastIndexOf(' ', limit) : limit;
    const to = space > from ? space : limit;
    yield text.slice(from, to);
    from = to;
  }
}
