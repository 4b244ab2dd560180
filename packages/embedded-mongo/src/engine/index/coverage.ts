import { KeyReader } from '../../bson/key-reader.js';
import { isArray, isDocument, type Document, type Value } from '../../bson/values.js';
import type { Condition, Filter } from '../filter/filter.js';
import { metArray } from './keys.js';
import type { Plan } from './planner.js';

/** What an entry alone tells of its document: the fields asked for; `false`: it does not match; `undefined`: the document has to be read. */
export type Coverage = (entry: Buffer) => Document | false | undefined;

/**
 * How a query is answered from the entries of its index, as MongoDB does from those that are no elements of arrays.
 * @param names the fields that are asked for, none where documents are counted; undefined: not some by their names
 * @returns undefined when it cannot be
 */
export function coverageOf(
  plan: Plan,
  filter: Filter,
  names: ReadonlySet<string> | undefined,
): Coverage | undefined {
  const { index, sorted, fixed } = plan;
  if (!index || !names || !sorted || !filter.isComplete) return undefined;
  const { fields } = index.definition;
  const places = new Map(fields.map(({ path }, place) => [path, place]));
  const placeOf = (name: string): number | undefined => {
    const place = places.get(name);
    return place === undefined || name.includes('.') || metArray(index.arrays, place) ? undefined : place;
  };
  const toTest: [place: number, condition: Condition][] = [];
  for (const condition of filter.required) {
    // The range says it, also of an array: one of its elements is the value, and so in the key.
    if ((places.get(condition.path) ?? fixed) < fixed && isOneValue(condition)) continue;
    const place = placeOf(condition.path);
    if (place === undefined) return undefined;
    toTest.push([place, condition]);
  }
  let last = Math.max(-1, ...toTest.map(([place]) => place));
  for (const name of names) {
    const place = placeOf(name);
    if (place === undefined) return undefined;
    last = Math.max(last, place);
  }
  if (last >= 0 && index.hasLongs) return undefined;
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

const isOneValue = ({ hint }: Condition): boolean =>
  hint?.operator === '$eq' && hint.operand !== null && !isArray(hint.operand) && !isDocument(hint.operand);
