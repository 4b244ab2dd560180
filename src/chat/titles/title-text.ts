/** A title in a list takes one line. */
const MAX_TITLE_CHARACTERS = 80;
/** What of a question and of an answer says what a conversation is about. */
const MAX_TOLD_CHARACTERS = 2000;
const PROMPT =
  'Write a title of at most six words for the conversation below, in its own language. Answer with the title alone.';

/** What a model is asked for a title with. */
export function titlePrompt(question: string, answer: string, prompt = PROMPT): string {
  return `${prompt}\n\nUser: ${cut(question, MAX_TOLD_CHARACTERS)}\n\nAssistant: ${cut(answer, MAX_TOLD_CHARACTERS)}`;
}

/** The title in what a model has said: its first line, without the quotes and the marks that models put around it. @returns undefined when there is none */
export function titleIn(said: string): string | undefined {
  const line = said.split(/[\r\n]+/).find((one) => /[\p{L}\p{N}]/u.test(one)) ?? '';
  const words = line
    .replace(/[\p{Cc}\p{Cf}\p{Z}]+/gu, ' ')
    .replace(/^[\s#*_>`-]*(title\s*:)?[\s*_]*/iu, '')
    .trim()
    .replace(/^["'“”„«»‘’`*_]+|["'“”„«»‘’`*_]+$/gu, '')
    .trim();
  if (words === '') return undefined;
  const short = cut(words, MAX_TITLE_CHARACTERS);
  return short === words ? words : `${short.replace(/\s+\S*$/u, '')}…`;
}

/** In whole characters. */
function cut(text: string, characters: number): string {
  return text.length <= characters ? text : [...text.slice(0, 2 * characters)].slice(0, characters).join('');
}
