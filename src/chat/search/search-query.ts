import { errors } from '../../platform/errors/errors.js';
import { lookUpsOf } from './terms.js';
import { wordsOf, type Word } from './words.js';

/** Of what somebody looks for. */
export const MAX_QUERY_CHARACTERS = 200;
/** Terms by which candidates are narrowed; all words of the query are looked for in the texts themselves. */
const MAX_LOOK_UPS = 8;

/** A word that is looked for. */
export interface WantedWord extends Pick<Word, 'folded' | 'kind'> {
  /** Whether it is found as the beginning of a longer one, too. */
  readonly isUnfinished: boolean;
}

/** What somebody looks for. */
export interface SearchQuery {
  /** All of them have to be there. */
  readonly words: readonly WantedWord[];
  /** Terms that every document with these words has. */
  readonly lookUps: readonly string[];
}

/** The shortest word that may be unfinished. */
const MIN_UNFINISHED_CHARACTERS = 3;

/** @throws AppError `validation_failed` for a text without letters and digits */
export function parseQuery(text: string): SearchQuery {
  const found = [...wordsOf(text)];
  if (found.length === 0) throw errors.validation([{ field: 'q', message: 'must have a letter or a digit' }]);
  const words = new Map<string, WantedWord>();
  for (const { folded, kind, end } of found) {
    const isLast = end === text.length;
    const isUnfinished = isLast && kind === 'word' && [...folded].length >= MIN_UNFINISHED_CHARACTERS;
    words.set(`${folded} ${isUnfinished}`, { folded, kind, isUnfinished });
  }
  const wanted = [...words.values()];
  const lookUps = new Set(
    wanted.flatMap((word) => lookUpsOf({ ...word, start: 0, end: 0 }, word.isUnfinished)),
  );
  // The longest say most.
  const longest = [...lookUps].sort((a, b) => b.length - a.length).slice(0, MAX_LOOK_UPS);
  return { words: wanted, lookUps: longest };
}

/** Whether a word of a text is one of those that are looked for. */
export function meets(wanted: WantedWord, { folded, kind }: Word): boolean {
  if (kind !== wanted.kind) return false;
  if (kind === 'pairs') return folded.includes(wanted.folded);
  return wanted.isUnfinished ? folded.startsWith(wanted.folded) : folded === wanted.folded;
}
