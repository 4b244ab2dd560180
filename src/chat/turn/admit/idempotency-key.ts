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
  return hashKey(canonicalJson(request));
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
