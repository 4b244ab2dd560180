import { DateValue, Int32, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import { typeName } from '../filter/tests.js';

export function concat(operands: readonly (Value | undefined)[]): Value {
  let text = '';
  let missing = false;
  for (const operand of operands) {
    if (operand === undefined || operand === null) missing = true;
    else if (typeof operand === 'string') text += operand;
    else throw new CommandError(16702, `$concat only supports strings, not ${typeName(operand)}`);
  }
  return missing ? null : text;
}

/** Changes ASCII letters only, as MongoDB does; null becomes the empty text. */
export function toCase(operator: '$toLower' | '$toUpper', value: Value | undefined): Value {
  const text = textOf(operator, value);
  return operator === '$toLower'
    ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    : text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function textOf(operator: string, value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (value instanceof Int32) return String(value.value);
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof DateValue) return new Date(value.milliseconds).toISOString();
  throw unsupported(`${operator} of the type ${typeName(value)}`);
}
