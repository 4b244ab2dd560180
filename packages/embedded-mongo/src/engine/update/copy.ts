import { isDocument, type Value, isArray } from '../../bson/values.js';

/** A copy whose documents and arrays are its own; the other values are immutable. */
export function copyValue(value: Value): Value {
  if (isArray(value)) return value.map(copyValue);
  if (isDocument(value)) return new Map([...value].map(([name, field]) => [name, copyValue(field)]));
  return value;
}
