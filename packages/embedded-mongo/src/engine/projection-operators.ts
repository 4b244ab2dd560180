import { integerOf } from '../bson/numbers.js';
import { isArray, type Value } from '../bson/values.js';
import { CommandError } from '../errors.js';
import { parseElementTest } from './filter/parse.js';
import type { Rule } from './projection-rule.js';

/** `{$slice: count}` or `{$slice: [skip, count]}`: a stretch of the array; other values stay. */
export function sliceRule(operand: Value): Rule {
  const numbers = (isArray(operand) ? operand : [operand]).map((value) => integerOf(value));
  const [first, second] = numbers;
  if (
    first === undefined ||
    numbers.length > 2 ||
    (isArray(operand) && (second === undefined || second <= 0))
  ) {
    throw new CommandError(28667, 'Invalid $slice syntax. The given syntax did not match the find() syntax.');
  }
  const change = (value: Value): Value => {
    if (!isArray(value)) return value;
    if (second === undefined) return first >= 0 ? value.slice(0, first) : value.slice(first);
    const start = first >= 0 ? first : Math.max(value.length + first, 0);
    return value.slice(start, start + second);
  };
  return { kind: 'change', change, includes: false };
}

/** The first element that matches, as an array of one; without one the field goes. */
export function elemMatchRule(operand: Value): Rule {
  const test = parseElementTest(operand);
  const change = (value: Value): Value | undefined => {
    const found = isArray(value) ? value.find((element) => test(element)) : undefined;
    return found === undefined ? undefined : [found];
  };
  return { kind: 'change', change, includes: true };
}
