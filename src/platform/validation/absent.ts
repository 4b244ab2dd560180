/**
 * Takes `null` out of a request: clients whose language has nothing else for it send it for what they don't set. In the fields of our own DTOs, at
 * any depth, it means what leaving out means; inside values that a DTO does not describe (variables, schemas, messages) it is a value.
 */
export function withoutNulls(dto: unknown): void {
  if (Array.isArray(dto)) for (const item of dto) withoutNulls(item);
  if (!isDescribed(dto)) return;
  let defaults: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(dto)) {
    if (value !== null) {
      withoutNulls(value);
      continue;
    }
    defaults ??= new (dto.constructor as new () => Record<string, unknown>)();
    dto[name] = defaults[name];
  }
}

/** A query has only text for it: nothing behind the `=`, or the word. */
export function isNullText(value: unknown): boolean {
  return value === '' || value === 'null';
}

/** An instance of a DTO's class, not just any object. */
function isDescribed(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null && !Array.isArray(value);
}
