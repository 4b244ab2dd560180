import { createHash } from 'node:crypto';
import { errors } from '../../../platform/errors/errors.js';

const MAX_KEY_CHARACTERS = 255;
/** Printable ASCII without the quote and the backslash, which a quoted key would have to escape. */
const KEY = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Reads an `Idempotency-Key` header: quoted, as the IETF draft has it, or bare, as most clients send it.
 * @returns undefined when there is none
 * @throws AppError `validation_failed`
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = header.trim().replace(/^"(.*)"$/, '$1');
  if (key.length <= MAX_KEY_CHARACTERS && KEY.test(key)) return key;
  throw errors.validation([
    { field: 'Idempotency-Key', message: `must be 1 to ${MAX_KEY_CHARACTERS} printable ASCII characters` },
  ]);
}

/** A key as it is kept: it is the client's own text, and stays when everything else of a turn is deleted. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** A hash that is the same for two requests that ask the same, whatever the order of their members. */
export function hashRequest(request: unknown): string {
  return hashKey(canonicalJson(request) ?? '');
}

/** A name that objects would put in the order of numbers. */
const NUMERIC = /^\d/;

/**
 * JSON with the members of each object in the order of their names, numbers first, as objects have them. Hashes of it are stored: it must not change.
 * @returns undefined for what JSON leaves out
 */
function canonicalJson(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item) ?? 'null').join()}]`;
  // Of a date, not a member of that name in a body.
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function')
    return canonicalJson(JSON.parse(JSON.stringify(value)));
  const names = Object.keys(value).sort();
  if (names.some((name) => NUMERIC.test(name))) names.sort(numbersFirst(value));
  let members = '';
  for (const name of names) {
    const member = canonicalJson((value as Record<string, unknown>)[name]);
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${member}`;
  }
  return `{${members}}`;
}

/** The order that an object gives to names which are added in the order of their characters. */
function numbersFirst(value: object): (a: string, b: string) => number {
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const places = new Map(Object.keys(Object.fromEntries(sorted)).map((name, place) => [name, place]));
  return (a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0);
}
