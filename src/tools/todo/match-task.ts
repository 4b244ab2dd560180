import type { Task } from './task.js';

/** What a title names among the tasks. */
export type TaskMatch =
  | { readonly kind: 'one'; readonly task: Task }
  | { readonly kind: 'several'; readonly tasks: readonly Task[] }
  | { readonly kind: 'none' };

const FILLERS = new Set(['a', 'an', 'the', 'my', 'to', 'of', 'for', 'some', 'and', 'task']);
/** From this length on one wrong letter is more likely a slip than another word. */
const MIN_LETTERS_FOR_A_SLIP = 4;
const MIN_LETTERS_FOR_TWO_SLIPS = 8;
/** Bounds on what is compared letter by letter, so that a long text does not cost more than it is worth. */
const MAX_QUERY_WORDS = 12;
const MAX_LETTERS_FOR_A_SLIP = 20;

/**
 * Finds the task somebody means by (a part of) its title. The strictest way of comparing that finds anything decides:
 * the same words, then a part, then the words in any order, then the words with slips or other endings. Several that
 * are equally near are all returned: guessing could complete or delete the wrong task.
 */
export function matchTask(tasks: readonly Task[], wanted: string): TaskMatch {
  const query = wordsOf(wanted).slice(0, MAX_QUERY_WORDS);
  if (query.length === 0) return { kind: 'none' };
  const phrase = query.join(' ');
  const comparisons: readonly ((title: readonly string[]) => boolean)[] = [
    (title) => title.join(' ') === phrase,
    (title) => ` ${title.join(' ')} `.includes(` ${phrase} `),
    (title) => query.every((word) => title.includes(word)),
    (title) => query.every((word) => title.some((other) => isAlike(word, other))),
    (title) => title.length > 0 && title.every((word) => query.some((other) => isAlike(word, other))),
  ];
  for (const matches of comparisons) {
    const found = tasks.filter(({ title }) => matches(wordsOf(title)));
    if (found.length === 1 && found[0] !== undefined) return { kind: 'one', task: found[0] };
    if (found.length > 1) return { kind: 'several', tasks: found };
  }
  return { kind: 'none' };
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter((word) => !FILLERS.has(word));
  return telling.length > 0 ? telling : words;
}

function isAlike(one: string, other: string): boolean {
  const [a, b] = [stem(one), stem(other)];
  if (a === b) return true;
  const letters = Math.min(a.length, b.length);
  const slips = letters < MIN_LETTERS_FOR_TWO_SLIPS ? 1 : 2;
  if (letters < MIN_LETTERS_FOR_A_SLIP || letters > MAX_LETTERS_FOR_A_SLIP) return false;
  return Math.abs(a.length - b.length) <= slips && distance(a, b) <= slips;
}

/** "buying", "bought the groceries" vs "buy grocery" need no linguistics: the regular endings are enough. */
function stem(word: string): string {
  return word.length > 4 ? word.replace(/(?:ing|ed|es|s)$/, '') : word;
}

/** Letters to change, insert or remove between two words. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
