import { meets, type WantedWord } from './search-query.js';
import { wordsOf, type Word } from './words.js';

/** Where something that was looked for stands, in UTF-16 code units. */
export interface Highlight {
  readonly start: number;
  readonly length: number;
}

/** A piece of a text around what was looked for; plain text. */
export interface Excerpt {
  readonly text: string;
  readonly highlights: readonly Highlight[];
  readonly cutBefore: boolean;
  readonly cutAfter: boolean;
}

/** Of an excerpt, in UTF-16 code units. */
export const MAX_EXCERPT_CHARACTERS = 240;
/** How much of it stands before the first hit, at most. */
const BEFORE_CHARACTERS = 80;

/** What of a query a text holds. */
export interface Hits {
  /** The words that were found in it. */
  readonly met: ReadonlySet<WantedWord>;
  /** The first places, as many as an excerpt can show. */
  readonly places: readonly Highlight[];
}

/** Looks a text through for all words. Ends when each was found and nothing more can be shown. */
export function hitsIn(text: string, words: readonly WantedWord[]): Hits {
  const met = new Set<WantedWord>();
  const places: Highlight[] = [];
  for (const word of wordsOf(text)) {
    const isShown = places[0] === undefined || word.end <= places[0].start + MAX_EXCERPT_CHARACTERS;
    if (!isShown && met.size === words.length) break;
    const found = words.filter((wanted) => meets(wanted, word));
    for (const wanted of found) met.add(wanted);
    if (isShown && found[0] !== undefined) places.push(...placesIn(text, word, found[0]));
  }
  return { met, places };
}

/** @param places of hits in `text`, in their order; at least one */
export function excerptOf(text: string, places: readonly Highlight[]): Excerpt {
  const first = places[0]?.start ?? 0;
  const from = startOfExcerpt(text, first);
  const to = endOfExcerpt(text, from);
  return {
    text: text.slice(from, to),
    highlights: places
      .filter(({ start, length }) => start >= from && start + length <= to)
      .map(({ start, length }) => ({ start: start - from, length })),
    cutBefore: from > 0,
    cutAfter: to < text.length,
  };
}

/** A word as it stands there; of a run of characters only those that were asked for, where they can be told. */
function placesIn(text: string, { start, end, folded, kind }: Word, wanted: WantedWord): Highlight[] {
  const whole = { start, length: end - start };
  if (kind === 'word' || folded.length !== text.slice(start, end).length) return [whole];
  const places: Highlight[] = [];
  const { length } = wanted.folded;
  for (let at = folded.indexOf(wanted.folded); at >= 0; at = folded.indexOf(wanted.folded, at + length))
    places.push({ start: start + at, length });
  return places;
}

/** Behind a space, if one is near. */
function startOfExcerpt(text: string, hit: number): number {
  if (hit <= BEFORE_CHARACTERS) return 0;
  const earliest = hit - BEFORE_CHARACTERS;
  const space = text.slice(earliest, hit).search(/\s/);
  if (space >= 0) return earliest + space + 1;
  return isInsideCharacter(text, earliest) ? earliest + 1 : earliest;
}

function endOfExcerpt(text: string, from: number): number {
  const latest = from + MAX_EXCERPT_CHARACTERS;
  if (latest >= text.length) return text.length;
  const space = Math.max(text.lastIndexOf(' ', latest), text.lastIndexOf('\n', latest));
  if (space > from + MAX_EXCERPT_CHARACTERS / 2) return space;
  return isInsideCharacter(text, latest) ? latest - 1 : latest;
}

/** Whether a cut here would part the two halves of a character. */
function isInsideCharacter(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
