import type { ProblemDocument } from './problem.js';
import type { FieldError } from './errors.js';

/** More than a person reads. */
const MAX_FIELDS = 3;

/** The code and the id of an error whose body is a sentence. */
export const ERROR_CODE_HEADER = 'X-Error-Code';
export const ERROR_ID_HEADER = 'X-Error-Id';
export const SENTENCE_CONTENT_TYPE = 'text/plain; charset=utf-8';

/** A problem in words, for clients that show the body of a failed request to a person, whatever it is. */
export function sentenceOf({ detail, code, errorId, errors }: ProblemDocument): string {
  if (code === 'internal') return `${detail} (${errorId})`;
  const fields = ((errors ?? []) as readonly FieldError[]).slice(0, MAX_FIELDS);
  // What is wrong as a whole is told by the detail already.
  const named = fields.filter(({ message }) => message !== detail);
  if (named.length === 0) return detail;
  const told = named.map(({ field, message }) => `${field} ${message.replace(/\.$/, '')}`).join('; ');
  return `${detail.replace(/\.$/, '')}: ${told}.`;
}
