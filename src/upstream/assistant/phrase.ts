import type { TaskReference } from '../../tools/todo/task-reference.js';

const LEADING_POLITENESS =
  /^(?:(?:hey|hi|hello|ok(?:ay)?|so|now|then|well|and|also|assistant|please|pls|kindly|just|quickly|can you|could you|would you|will you|can i|could i|may i|let'?s|help me(?: to)?)[\s,]+)+/i;
const TRAILING_POLITENESS = /(?:[\s,]+(?:please|pls|thanks?(?: you)?|for me|will you|would you|now))+$/i;
/** "I want to see my tasks" means "see my tasks"; "I want to learn Greek" is a task itself. */
const WISH_FOR_A_COMMAND =
  /^i(?:'d| would)? (?:want|need|like|wish)(?: you)? to (?=(?:add|create|make|show|see|list|view|check|know|complete|finish|mark|tick|remove|delete|cancel)\b)/i;
const NUMBER_WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const QUOTES = /^["'“”‘’«»`]+|["'“”‘’«»`]+$/g;

/** The command in what somebody wrote: one line, without politeness around it or punctuation after it. */
export function toCommand(question: string): string {
  let text = question
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[’‘]/g, "'")
    .trim();
  for (let before = ''; before !== text;) {
    before = text;
    text = text
      .replace(/[\s.!?,;]+$/, '')
      .replace(TRAILING_POLITENESS, '')
      .replace(LEADING_POLITENESS, '')
      .replace(WISH_FOR_A_COMMAND, '');
  }
  return text;
}

/** A task's title as it was meant: without quotes or a colon around it; `undefined` when nothing is left. */
export function toTitle(text: string | undefined): string | undefined {
  const title = (text ?? '')
    .replace(/^[\s:,–-]+/, '')
    .trim()
    .replace(QUOTES, '')
    .trim();
  return title === '' ? undefined : title;
}

/** "2", "#2", "task two", "the buy milk task": a number, or else a title. */
export function toReference(text: string | undefined): TaskReference | undefined {
  const plain = (text ?? '')
    .trim()
    .replace(/^(?:the|my|a|this|that)\s+/i, '')
    .replace(/^(?:task|to-?do|item|reminder|entry)s?(?=[\s#:\d]|$)\s*/i, '')
    .replace(/^(?:(?:number|no\.?|nr\.?)\s+|[#:]\s*|(?:called|named|to)\s+)/i, '');
  const number = /^#?(\d{1,9})(?:\s+(?:task|to-?do|item|one))?[.)]?$/.exec(plain)?.[1];
  if (number !== undefined) return { number: Number(number) };
  const word = NUMBER_WORDS.indexOf(plain.toLowerCase());
  if (word >= 0) return { number: word };
  const title = toTitle(plain.replace(/(?<=\S)\s+(?:task|to-?do|item|reminder)$/i, ''));
  return title === undefined ? undefined : { title };
}
