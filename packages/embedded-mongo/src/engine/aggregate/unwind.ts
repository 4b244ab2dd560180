import { isTruthy } from '../../bson/numbers.js';
import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { splitPath } from '../path.js';
import type { Stage } from './stage.js';

const OPTIONS = new Set(['path', 'preserveNullAndEmptyArrays', 'includeArrayIndex']);

/** One document for each element of an array; a value that is no array counts as one element. */
export function unwindStage(specification: Value): Stage {
  const options: Document = isDocument(specification) ? specification : new Map([['path', specification]]);
  for (const name of options.keys())
    if (!OPTIONS.has(name)) throw unsupported(`the option '${name}' of $unwind`);
  const path = options.get('path');
  const indexField = options.get('includeArrayIndex');
  if (typeof path !== 'string')
    throw new CommandError(28808, 'expected a string as the path for $unwind stage');
  if (!path.startsWith('$'))
    throw new CommandError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  if (indexField !== undefined && (typeof indexField !== 'string' || indexField === ''))
    throw new CommandError(
      28810,
      'expected a non-empty string for the includeArrayIndex option to $unwind stage',
    );
  if (indexField?.startsWith('$'))
    throw new CommandError(
      28822,
      `includeArrayIndex option to $unwind stage should not be prefixed with a '$': ${indexField}`,
    );
  const parts = splitPath(path.slice(1));
  const preserve = isTruthy(options.get('preserveNullAndEmptyArrays'));
  const result = (document: Document, value: Value | undefined, index: Value): Document => {
    const replaced = replaceAt(document, parts, value);
    return indexField === undefined ? replaced : replaceAt(replaced, splitPath(indexField), index);
  };
  return {
    run: function* (input) {
      for (const document of input) {
        const value = plainValueAt(document, parts);
        if (isArray(value) && value.length > 0) {
          for (const [index, element] of value.entries()) yield result(document, element, BigInt(index));
        } else if (value === undefined || value === null || isArray(value)) {
          if (preserve) yield result(document, value === null ? null : undefined, null);
        } else yield result(document, value, null);
      }
    },
  };
}

/** Arrays on the way are not looked into: nothing is found then. */
function plainValueAt(document: Document, parts: readonly string[]): Value | undefined {
  let value: Value | undefined = document;
  for (const part of parts) value = isDocument(value) ? value.get(part) : undefined;
  return value;
}

function replaceAt(document: Document, parts: readonly string[], value: Value | undefined): Document {
  const [name = '', ...rest] = parts;
  const result = new Map(document);
  const inner = result.get(name);
  if (rest.length > 0) {
    if (isDocument(inner) || value !== undefined)
      result.set(name, replaceAt(isDocument(inner) ? inner : new Map<string, Value>(), rest, value));
  } else if (value === undefined) result.delete(name);
  else result.set(name, value);
  return result;
}
