import {
  BinaryValue,
  DateValue,
  Int32,
  ObjectIdValue,
  isArray,
  isDocument,
  type Value,
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
  if (isDocument(value)) {
    const fields = [...value].map(([name, field]) => `${name}: ${valueText(field)}`);
    return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
  }
  if (isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(valueText).join(', ')} ]`;
  if (value instanceof ObjectIdValue) return `ObjectId('${value.hex}')`;
  if (value instanceof DateValue) return `new Date(${value.milliseconds})`;
  if (value instanceof BinaryValue)
    return `BinData(${value.subtype}, ${value.bytes.toString('hex').toUpperCase()})`;
  return '{…}';
}
