import type { AuditDetails } from './audit-entry.js';

/** Of one text that an entry tells. */
export const MAX_DETAIL_CHARACTERS = 200;

/**
 * Picks what is told of a body, which nobody has validated yet: what is neither a number nor a switch nor a text is left out, texts of a list stand
 * behind one another, a long text is cut.
 * @param paths by the name that the detail gets
 */
export function detailsOf(body: unknown, paths: Readonly<Record<string, string>>): AuditDetails | undefined {
  const found = Object.entries(paths).flatMap(([name, path]) => {
    const value = valueAt(body, path);
    return value === undefined ? [] : [[name, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function valueAt(body: unknown, path: string): string | number | boolean | undefined {
  let value = body;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  if (Array.isArray(value)) value = value.filter((item) => typeof item === 'string').join(' ');
  if (typeof value === 'string') return value.slice(0, MAX_DETAIL_CHARACTERS).toWellFormed();
  return typeof value === 'boolean' || Number.isFinite(value) ? (value as number | boolean) : undefined;
}
