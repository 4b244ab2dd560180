/**
 * Finds what a token says at a path such as `realm_access.roles`. Names of claims may hold dots themselves (`https://id.example/roles`): the
 * longest name that is there is meant.
 */
export function valueAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return undefined;
  const values = claims as Record<string, unknown>;
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const name = path.slice(0, end);
    if (!Object.hasOwn(values, name)) continue;
    return end === path.length ? values[name] : valueAt(values[name], path.slice(end + 1));
  }
  return undefined;
}
