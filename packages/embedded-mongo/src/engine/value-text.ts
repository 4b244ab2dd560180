import { decimalText } from '../bson/decimal.js';
import {
  BinaryValue,
  DateValue,
  Decimal128,
  Int32,
  MaxKey,
  MinKey,
  ObjectIdValue,
  RawDocument,
  RegexValue,
  TimestampValue,
  type Value,
  isArray,
} from '../bson/values.js';

/** A value as MongoDB's error texts show it: `{ email: "a", n: 1 }`, `ObjectId('…')`. */
export function valueText(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 1e15
      ? value.toFixed(1)
      : String(value).replace('Infinity', 'inf');
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Int32) return String(value.value);
  if (value instanceof Map) {
    return value.size === 0
      ? '{}'
      : `{ ${[...value].map(([name, field]) => `${name}: ${valueText(field)}`).join(', ')} }`;
  }
  if (isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(valueText).join(', ')} ]`;
  if (value instanceof ObjectIdValue) return `ObjectId('${value.hex}')`;
  if (value instanceof DateValue) return `new Date(${value.milliseconds})`;
  if (value instanceof Decimal128) return `${decimalText(value)}`;
  if (value instanceof BinaryValue)
    return `BinData(${value.subtype}, ${value.bytes.toString('hex').toUpperCase()})`;
  if (value instanceof RegexValue) return `/${value.pattern}/${value.options}`;
  if (value instanceof TimestampValue)
    return `Timestamp(${value.value >> 32n}, ${value.value & 0xffffffffn})`;
  if (value instanceof RawDocument) return '{…}';
  if (value instanceof MinKey) return 'MinKey';
  return value instanceof MaxKey ? 'MaxKey' : '';
}
