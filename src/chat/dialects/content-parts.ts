import { isObject } from '../../platform/json/json-object.js';
import { errors } from '../../platform/errors/errors.js';
import { joinFiles, type AskedFile } from '../client-input/asked-file.js';

/** What a client's message says and brings along. */
export interface MessageContent {
  readonly text: string;
  readonly uploads: readonly AskedFile[];
}

/** A piece of a message: text, or a file. */
export type ContentPart = string | AskedFile;

/**
 * Reads the parts of one message, each of them, in the client's own words.
 * @param read gives nothing for a part that says nothing
 * @throws AppError `validation_failed` for a part that is no object, or too many files
 */
export function readParts(
  parts: readonly unknown[],
  field: string,
  read: (part: Readonly<Record<string, unknown>>, field: string) => ContentPart | undefined,
): MessageContent {
  const found = parts.map((part, index) => {
    const at = `${field}.${index}`;
    if (!isObject(part)) throw errors.validation([{ field: at, message: 'must be an object' }]);
    return read(part, at);
  });
  const files = found.filter((part): part is AskedFile => typeof part === 'object');
  return {
    text: found.filter((part) => typeof part === 'string').join(''),
    uploads: joinFiles(files, field),
  };
}

/** A part's text. @throws AppError `validation_failed` */
export function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw errors.validation([{ field, message: 'must be a text' }]);
}

/** What is not understood must not look as if it had been. */
export function unknownPart({ type }: Readonly<Record<string, unknown>>, field: string) {
  const name = typeof type === 'string' ? `“${type.slice(0, 50)}” ` : '';
  return errors.validation([{ field: `${field}.type`, message: `${name}is not supported here` }]);
}

/** Ids of files that were sent before: this server keeps none. */
export function noStoredFiles(field: string) {
  return errors.validation([{ field, message: 'is not supported: send the file itself, or its address' }]);
}
