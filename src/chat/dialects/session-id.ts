import { registerDecorator } from 'class-validator';

const MAX_CHARACTERS = 128;
/** No control, format or unassigned characters, no half ones, no other ends of lines, and nothing that a path would take for itself. */
const SESSION_ID = new RegExp(`^(?!\\.{1,2}$)(?=.*\\S)[^\\p{C}\\p{Zl}\\p{Zp}]{1,${MAX_CHARACTERS}}$`, 'u');
export const SESSION_ID_MESSAGE = `must be 1 to ${MAX_CHARACTERS} printable characters`;

/**
 * Whether a client may call its session so. Clients of other systems have ids of their own (`c cut/1`), so that anything goes that can stand in a log
 * line, and percent-encoded in a path and in a header.
 */
export function isSessionId(value: unknown): value is string {
  return typeof value === 'string' && SESSION_ID.test(value);
}

/** Property decorator: the value is a session's id. */
export function IsSessionId(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isSessionId',
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: isSessionId, defaultMessage: () => SESSION_ID_MESSAGE },
    });
}

/** The id as a header carries it: percent-encoded, but for what ids of ours have. */
export function sessionIdToHeader(id: string): string {
  return encodeURIComponent(id).replaceAll('%3A', ':');
}

/** The way back. @returns what was sent when it is not percent-encoded */
export function sessionIdFromHeader(header: string | undefined): string | undefined {
  try {
    return header === undefined ? undefined : decodeURIComponent(header);
  } catch {
    return header;
  }
}
