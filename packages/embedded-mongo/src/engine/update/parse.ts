import { isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { matches } from '../filter/match.js';
import { parseFilter } from '../filter/parse.js';
import { isOperatorDocument, typeName } from '../filter/tests.js';
import { splitPath } from '../path.js';
import { valueText } from '../value-text.js';
import { addToSetChange, pullAllChange, pullChange, pushChange } from './array-operators.js';
import {
  arithmeticChange,
  currentDateChange,
  extremeChange,
  popChange,
  setChange,
  type ValueChange,
} from './operators.js';
import { assertNoConflict, comparePaths } from './paths.js';

/** One change of one path. */
export interface UpdateOperation {
  readonly operator: string;
  readonly path: string;
  readonly parts: readonly string[];
  /** How the value changes; `$unset` and `$rename` have none. */
  readonly change?: ValueChange;
  /** Where `$rename` moves the value to. */
  readonly target?: readonly string[];
  /** Whether a missing path is made; removing operators leave it missing. */
  readonly creates: boolean;
}

export type Update =
  | { readonly kind: 'replacement'; readonly document: Document }
  | {
      readonly kind: 'operators';
      readonly operations: readonly UpdateOperation[];
      readonly arrayFilters: ArrayFilters;
    };

/** Tests of array elements by the identifier that `$[identifier]` uses. */
export type ArrayFilters = ReadonlyMap<string, (element: Value) => boolean>;

const failed = (message: string): CommandError => new CommandError('FailedToParse', message);

/** Understands an update completely before anything is written. @throws CommandError 9, 40, 52… as MongoDB, 115 outside the subset */
export function parseUpdate(update: Value, arrayFilters: Value | undefined): Update {
  if (isArray(update)) throw unsupported('updates with an aggregation pipeline');
  if (!isDocument(update)) throw failed('Update argument must be either an object or an array');
  if (!isOperatorDocument(update)) {
    if (arrayFilters !== undefined) throw failed('arrayFilters may not be specified for replacement updates');
    for (const name of update.keys()) {
      if (name.startsWith('$'))
        throw new CommandError(
          'DollarPrefixedFieldName',
          `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document.`,
        );
    }
    return { kind: 'replacement', document: update };
  }
  const operations: UpdateOperation[] = [];
  for (const [operator, fields] of update) {
    if (!operator.startsWith('$'))
      throw failed(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDocument(fields)) {
      throw failed(
        `Modifiers operate on fields but we found type ${typeName(fields)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${valueText(fields)}}`,
      );
    }
    for (const [path, operand] of fields) operations.push(parseOperation(operator, path, operand));
  }
  if (operations.length === 0)
    for (const operator of update.keys()) parseOperation(operator, 'x', null, true);
  assertNoConflict(operations.flatMap(({ parts, target }) => (target ? [parts, target] : [parts])));
  const filters = parseArrayFilters(arrayFilters);
  assertIdentifiers(operations, filters, update);
  operations.sort((a, b) => comparePaths(a.parts, b.parts));
  return { kind: 'operators', operations, arrayFilters: filters };
}

function parseOperation(operator: string, path: string, operand: Value, probe = false): UpdateOperation {
  const parts = pathParts(path);
  const operation = (change: () => ValueChange, creates = true): UpdateOperation => ({
    operator,
    path,
    parts,
    change: probe ? setChange(null) : change(),
    creates,
  });
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return operation(() => setChange(operand));
    case '$inc':
    case '$mul':
      return operation(() => arithmeticChange(operator, operand, path));
    case '$min':
    case '$max':
      return operation(() => extremeChange(operator, operand));
    case '$currentDate':
      return operation(() => currentDateChange(operand));
    case '$push':
      return operation(() => pushChange(operand));
    case '$addToSet':
      return operation(() => addToSetChange(operand));
    case '$pull':
      return operation(() => pullChange(operand), false);
    case '$pullAll':
      return operation(() => pullAllChange(operand), false);
    case '$pop':
      return operation(() => popChange(operand), false);
    case '$unset':
      return { operator, path, parts, creates: false };
    case '$rename':
      return {
        operator,
        path,
        parts,
        creates: false,
        target: probe ? undefined : renameTarget(path, operand),
      };
    default:
      throw unsupported(`the update operator ${operator}`);
  }
}

function pathParts(path: string): string[] {
  const parts = splitPath(path);
  if (parts.includes('')) {
    const detail =
      path === ''
        ? 'An empty update path is not valid.'
        : `The update path '${path}' contains an empty field name, which is not allowed.`;
    throw new CommandError(56, detail);
  }
  for (const [index, part] of parts.entries()) {
    if (part.startsWith('$') && part !== '$' && !/^\$\[.*\]$/.test(part)) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${part}' in '${path}' is not valid for storage.`,
      );
    }
    if (part.startsWith('$') && index === 0)
      throw new CommandError(
        'BadValue',
        `Cannot have positional (i.e. '${part}') element in the first position in path '${path}'`,
      );
  }
  if (parts.filter((part) => part === '$').length > 1)
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${path}'`);
  return parts;
}

function renameTarget(path: string, operand: Value): string[] {
  if (typeof operand !== 'string')
    throw new CommandError(
      'BadValue',
      `The 'to' field for $rename must be a string: ${path}: ${valueText(operand)}`,
    );
  const target = pathParts(operand);
  if (path === operand)
    throw new CommandError(
      'BadValue',
      `The source and target field for $rename must differ: ${path}: "${operand}"`,
    );
  if (splitPath(path).some((part) => part.startsWith('$')))
    throw new CommandError('BadValue', `The source field for $rename may not be dynamic: ${path}`);
  if (target.some((part) => part.startsWith('$')))
    throw new CommandError('BadValue', `The destination field for $rename may not be dynamic: ${operand}`);
  return target;
}

function parseArrayFilters(value: Value | undefined): ArrayFilters {
  const filters = new Map<string, (element: Value) => boolean>();
  if (value === undefined) return filters;
  if (!isArray(value))
    throw new CommandError(
      'TypeMismatch',
      "BSON field 'update.updates.arrayFilters' is the wrong type, expected type 'array'",
    );
  for (const filter of value) {
    if (!isDocument(filter)) throw new CommandError('TypeMismatch', 'Each array filter must be an object');
    const names = new Set(topLevelNames(filter));
    if (names.size === 0)
      throw failed('Cannot use an expression without a top-level field name in arrayFilters');
    if (names.size > 1)
      throw failed(
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${[...names].join("' and '")}'`,
      );
    const [identifier = ''] = names;
    if (!/^[a-z][a-zA-Z0-9]*$/.test(identifier))
      throw new CommandError(
        'BadValue',
        `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${identifier}'`,
      );
    if (filters.has(identifier))
      throw failed(`Found multiple array filters with the same top-level field name ${identifier}`);
    const node = parseFilter(filter);
    filters.set(identifier, (element) => matches(node, new Map([[identifier, element]])));
  }
  return filters;
}

function topLevelNames(filter: Document): string[] {
  return [...filter].flatMap(([name, value]) => {
    if (!name.startsWith('$')) return [splitPath(name)[0] ?? ''];
    return isArray(value) ? value.flatMap((entry) => (isDocument(entry) ? topLevelNames(entry) : [])) : [];
  });
}

function assertIdentifiers(
  operations: readonly UpdateOperation[],
  filters: ArrayFilters,
  update: Document,
): void {
  const used = new Set<string>();
  for (const { parts, path } of operations) {
    for (const part of parts) {
      const identifier = /^\$\[(.+)\]$/.exec(part)?.[1];
      if (identifier === undefined) continue;
      if (!filters.has(identifier))
        throw new CommandError(
          'BadValue',
          `No array filter found for identifier '${identifier}' in path '${path}'`,
        );
      used.add(identifier);
    }
  }
  for (const identifier of filters.keys()) {
    if (!used.has(identifier))
      throw failed(
        `The array filter for identifier '${identifier}' was not used in the update ${valueText(update)}`,
      );
  }
}
