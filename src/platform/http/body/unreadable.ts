import type { AppError } from '../../errors/app.error.js';
import { errors } from '../../errors/errors.js';

const UNREADABLE = {
  'not JSON': 'The body is not valid JSON.',
  'not a form': 'The body is not a valid form.',
  'unknown encoding': 'The content encoding of the body is not supported.',
  'unknown charset': 'The character set of the body is not supported: send UTF-8.',
  'not whole': 'The body was not sent completely.',
} as const;

/** The refusal of a body that cannot be read; never with anything of the body in it. */
export function unreadable(what: keyof typeof UNREADABLE): AppError {
  const message = UNREADABLE[what];
  return errors.validation([{ field: 'body', message }], message);
}
