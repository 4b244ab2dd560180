import type { ValidationError } from '@nestjs/common';
import type { FieldError } from '../errors/errors.js';

/** A hostile body can have a million wrong fields with names of a megabyte; the answer stays small. */
const MAX_FIELD_ERRORS = 50;
const MAX_FIELD_CHARACTERS = 200;
const UNKNOWN_FIELD = 'whitelistValidation';

/** Flattens class-validator's tree into paths and messages. No value of the request is ever part of it. */
export function toFieldErrors(tree: readonly ValidationError[]): FieldError[] {
  const found: FieldError[] = [];
  collect(tree, '', found);
  return found;
}

function collect(tree: readonly ValidationError[], parent: string, found: FieldError[]): void {
  for (const node of tree) {
    if (found.length >= MAX_FIELD_ERRORS) return;
    const field = `${parent}${node.property}`.slice(0, MAX_FIELD_CHARACTERS);
    for (const [constraint, message] of Object.entries(node.constraints ?? {})) {
      found.push({ field, message: describe(constraint, message, node.property) });
    }
    if (field.length < MAX_FIELD_CHARACTERS) collect(node.children ?? [], `${field}.`, found);
  }
}

/** class-validator starts each message with the property's name, which stands in `field` already. */
function describe(constraint: string, message: string, property: string): string {
  if (constraint === UNKNOWN_FIELD) return 'is not allowed here';
  const prefix = `${property} `;
  return (message.startsWith(prefix) ? message.slice(prefix.length) : message).slice(0, MAX_FIELD_CHARACTERS);
}
