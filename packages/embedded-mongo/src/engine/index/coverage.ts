import { KeyReader } from '../../bson/key-reader.js';
import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import type { Condition, Filter } from '../filter/filter.js';
import { metArray } from './keys.js';
import type { Plan } from './planner.js';

/** What an entry alone tells of its document: the fields asked for; `false`: it does not match; `undefined`: the document has to be read. */
export type Coverage = (entry: Buffer) => Document | false | undefined;

/**
 * How a query is answered from the entries of its index, as MongoDB does from those that are no elements of arrays.
 * @param names the fields that are asked for; undefined: not some by their names
 * @returns undefined when it cannot be
 */
export function coverageOf(
  plan: Plan,
  filter: Filter,
  names: ReadonlySet<string> | undefined,
): Coverage | undefined {
  const { index, sorted, fixed } = plan;
  if (!index || !names || !sorted || !filter.isComplete || index.hasLongs) return undefined;
  const { fields } = index.definition;
  const places = new Map(fields.map(({ path }, place) => [path, place]));
  const isTold = (name: string): boolean => {
    const place = places.get(name);
    return place !== undefined && !name.includes('.') && !metArray(index.arrays, place);
  };
  if (![...names].every(isTold)) return undefined;
  const toTest: [place: number, condition: Condition][] = [];
  for (const condition of filter.required) {
    const place = places.get(condition.path);
    if (place === undefined) return undefined;
    if (isTold(condition.path)) toTest.push([place, condition]);
    // One element of the array is the value: so it is in the key.
    else if (place >= fixed || !isOneValue(condition)) return undefined;
  }
  const last = Math.max(
    ...[...names].map((name) => places.get(name) ?? 0),
    ...toTest.map(([place]) => place),
  );
  return (entry) => {
    const reader = new KeyReader(entry);
    const values: Value[] = [];
    for (let place = 0; place <= last; place++) {
      const value = reader.next(fields[place]?.descending ?? false);
      if (value === undefined) return undefined;
      values.push(value);
    }
    if (!toTest.every(([place, { test }]) => test(values[place]))) return false;
    const told: Document = new Map();
    for (const [place, { path }] of fields.entries()) {
      const value = values[place];
      if (names.has(path) && value !== undefined) told.set(path, value);
    }
    return told;
  };
}

function isOneValue({ hint }: Condition): boolean {
  if (hint?.operator !== '$eq') return false;
  const { operand } = hint;
  return operand !== null && !isArray(operand) && !isDocument(operand);
}
