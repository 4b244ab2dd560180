import { compareValues } from '../../bson/compare.js';
import { encodeValue } from '../../bson/encode.js';
import { calculate } from '../../bson/numbers.js';
import {
  DateValue,
  TimestampValue,
  documentOf,
  int32,
  isDocument,
  isNumber,
  type Value,
  isArray,
} from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { typeName } from '../filter/tests.js';
import { valueText } from '../value-text.js';
import { copyValue } from './copy.js';

/** What an operator needs to know about the document it works on, for its error texts. */
export interface Subject {
  readonly id: Value | undefined;
  readonly path: string;
}

/** The new value for the current one (`undefined` is missing); returning `KEEP` leaves everything as it is. */
export type ValueChange = (current: Value | undefined, subject: Subject) => Value | typeof KEEP;
export const KEEP = Symbol('keep');

const bad = (message: string): CommandError => new CommandError('BadValue', message);

export function setChange(operand: Value): ValueChange {
  const bytes = encodeValue(operand);
  return (current) =>
    current !== undefined && encodeValue(current).equals(bytes) ? KEEP : copyValue(operand);
}

/** `$inc` and `$mul`. @throws CommandError 14 when the operand or the current value is not a number */
export function arithmeticChange(operator: '$inc' | '$mul', operand: Value, path: string): ValueChange {
  if (!isNumber(operand)) {
    const verb = operator === '$inc' ? 'increment' : 'multiply';
    throw new CommandError(
      'TypeMismatch',
      `Cannot ${verb} with non-numeric argument: ${valueText(documentOf({ [path]: operand })).replace(/^\{ | \}$/g, (edge) => edge.trim())}`,
    );
  }
  return (current, subject) => {
    if (current === undefined) return operator === '$inc' ? operand : calculate('$mul', int32(0), operand);
    if (!isNumber(current)) {
      const field = subject.path.split('.').at(-1) ?? '';
      throw new CommandError(
        'TypeMismatch',
        `Cannot apply ${operator} to a value of non-numeric type. {_id: ${valueText(subject.id ?? null)}} has the field '${field}' of non-numeric type ${typeName(current)}`,
      );
    }
    const result = calculate(operator, current, operand);
    return encodeValue(result).equals(encodeValue(current)) ? KEEP : result;
  };
}

export function extremeChange(operator: '$min' | '$max', operand: Value): ValueChange {
  return (current) => {
    if (current === undefined) return copyValue(operand);
    const difference = compareValues(operand, current);
    return (operator === '$min' ? difference < 0 : difference > 0) ? copyValue(operand) : KEEP;
  };
}

let lastTimestamp = 0n;

/** A timestamp of its own for each call: seconds and a counter. */
function nextTimestamp(): TimestampValue {
  const now = BigInt(Math.floor(Date.now() / 1000)) << 32n;
  lastTimestamp = lastTimestamp >= now ? lastTimestamp + 1n : now + 1n;
  return new TimestampValue(lastTimestamp);
}

export function currentDateChange(operand: Value): ValueChange {
  if (typeof operand === 'boolean') return () => new DateValue(Date.now());
  if (!isDocument(operand))
    throw bad(
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  const type = operand.get('$type');
  if (operand.size !== 1 || (type !== 'date' && type !== 'timestamp')) {
    throw bad(
      "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
    );
  }
  return () => (type === 'date' ? new DateValue(Date.now()) : nextTimestamp());
}

/** Removes the first or the last element. @throws CommandError 9 for another operand, 14 for a value that is no array */
export function popChange(operand: Value): ValueChange {
  if (!isNumber(operand))
    throw new CommandError('FailedToParse', `Expected a number in: ${valueText(operand)}`);
  const first = compareValues(operand, int32(-1)) === 0;
  if (!first && compareValues(operand, int32(1)) !== 0)
    throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${valueText(operand)}`);
  return (current, subject) => {
    if (current === undefined) return KEEP;
    if (!isArray(current))
      throw new CommandError(
        'TypeMismatch',
        `Path '${subject.path}' contains an element of non-array type '${typeName(current)}'`,
      );
    if (current.length === 0) return KEEP;
    return first ? current.slice(1) : current.slice(0, -1);
  };
}
