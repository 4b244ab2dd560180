import { typeName } from '../../bson/types.js';
import { DateValue, isDocument, type Value } from '../../bson/values.js';
import { CommandError, unsupported } from '../../errors.js';
import type { Expression } from './parse.js';

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** What may stand in a format: days, for which usage is summed. */
const SPECIFIERS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => year(date.getUTCFullYear()),
  m: (date) => pad(date.getUTCMonth() + 1, 2),
  d: (date) => pad(date.getUTCDate(), 2),
};

/** `$dateToString` of a date, in UTC, by a constant format; null for a field that is null or not there. */
export function dateToString(operand: Value, parse: (value: Value) => Expression): Expression {
  if (!isDocument(operand))
    throw new CommandError(18629, '$dateToString only supports an object as its argument');
  const { date, format, ...others } = Object.fromEntries(operand);
  for (const name of Object.keys(others)) throw unsupported(`the option '${name}' of $dateToString`);
  if (date === undefined) throw new CommandError(18628, "Missing 'date' parameter to $dateToString");
  if (typeof format !== 'string') throw unsupported('$dateToString without a constant format');
  for (const [whole, name = ''] of format.matchAll(/%([^]?)/g))
    if (!Object.hasOwn(SPECIFIERS, name)) throw unsupported(`${whole} in the format of $dateToString`);
  const dated = parse(date);
  return (root) => {
    const value = dated(root) ?? null;
    if (value === null) return null;
    if (!(value instanceof DateValue))
      throw new CommandError(
        16006,
        `can't convert from BSON type ${typeName(value)} to Date in $dateToString`,
      );
    const instant = new Date(value.milliseconds);
    return format.replace(/%([^])/g, (_, name: string) => SPECIFIERS[name]?.(instant) ?? '');
  };
}

function year(value: number): string {
  if (value >= 0 && value <= 9999) return pad(value, 4);
  throw new CommandError(18537, `$dateToString is only defined on year 0-9999, tried to use year ${value}`);
}
