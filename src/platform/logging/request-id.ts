import { newId } from '../ids.js';

/** Short and plain enough to be echoed in a header and searched in a log. */
const SANE_REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id that a proxy in front gave the request, when it is a sane one, or else a new one. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && SANE_REQUEST_ID.test(header) ? header : newId();
}
