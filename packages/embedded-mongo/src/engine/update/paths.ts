import { compareText } from '../../bson/compare.js';
import { isDocument, type Document, type Value, isArray } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { arrayIndexOf } from '../path.js';
import { valueText } from '../value-text.js';

/** Longest run of nulls that setting a far array index may create. */
const MAX_ARRAY_PADDING = 1_500_000;

/** The place a concrete path leads to. `get` gives undefined when nothing is there. */
export interface Slot {
  get(): Value | undefined;
  set(value: Value): void;
  /** Removes a field; an array element becomes null instead, so that the others keep their index. */
  unset(): void;
  readonly inArray: boolean;
}

/**
 * Walks to the last container of a path. With `create`, missing documents on the way are made; without it, a path that
 * leads nowhere gives undefined.
 * @throws CommandError 28 when the path cannot be created through the values that are there
 */
export function openSlot(root: Document, parts: readonly string[], create: boolean): Slot | undefined {
  let container: Document | Value[] = root;
  for (let index = 0; index < parts.length - 1; index++) {
    const slot = slotIn(container, parts, index, create);
    if (!slot) return undefined;
    let next = slot.get();
    if (next === undefined) {
      if (!create) return undefined;
      next = new Map();
      slot.set(next);
    }
    if (!isDocument(next) && !isArray(next)) {
      if (!create) return undefined;
      throw notViable(parts[index + 1] ?? '', parts[index] ?? '', next);
    }
    container = next;
  }
  return slotIn(container, parts, parts.length - 1, create);
}

function slotIn(
  container: Document | Value[],
  parts: readonly string[],
  index: number,
  create: boolean,
): Slot | undefined {
  const name = parts[index] ?? '';
  if (isDocument(container)) {
    return {
      get: () => container.get(name),
      set: (value) => container.set(name, value),
      unset: () => container.delete(name),
      inArray: false,
    };
  }
  const at = arrayIndexOf(name);
  if (at < 0) {
    if (create) throw notViable(name, parts[index - 1] ?? '', container);
    return undefined;
  }
  return {
    get: () => container[at],
    set: (value) => {
      if (at - container.length > MAX_ARRAY_PADDING) {
        throw new CommandError('BadValue', `can't backfill more than ${MAX_ARRAY_PADDING} elements`);
      }
      while (container.length < at) container.push(null);
      container[at] = value;
    },
    unset: () => {
      if (at < container.length) container[at] = null;
    },
    inArray: true,
  };
}

function notViable(name: string, parent: string, value: Value): CommandError {
  return new CommandError(
    'PathNotViable',
    `Cannot create field '${name}' in element {${parent}: ${valueText(value)}}`,
  );
}

/** Order in which MongoDB visits the fields of an update: by name, numbers by value. */
export function comparePaths(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [a, b] = [left[index] ?? '', right[index] ?? ''];
    if (a === b) continue;
    const [numberA, numberB] = [arrayIndexOf(a), arrayIndexOf(b)];
    return numberA >= 0 && numberB >= 0 ? numberA - numberB : compareText(a, b);
  }
  return left.length - right.length;
}

/** @throws CommandError 40 when two paths are the same or one leads through the other */
export function assertNoConflict(paths: readonly (readonly string[])[]): void {
  const seen = new Set<string>();
  const ancestors = new Set<string>();
  for (const parts of paths) {
    const path = parts.join('.');
    const prefixes = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('.'));
    const conflict =
      seen.has(path) || ancestors.has(path) ? path : prefixes.find((prefix) => seen.has(prefix));
    if (conflict !== undefined) {
      throw new CommandError(
        'ConflictingUpdateOperators',
        `Updating the path '${path}' would create a conflict at '${conflict}'`,
      );
    }
    seen.add(path);
    for (const prefix of prefixes) ancestors.add(prefix);
  }
}
