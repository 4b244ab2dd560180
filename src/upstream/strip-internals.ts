/** Members by which upstream frames were seen to show their insides: credentials, model settings, stack traces. */
const INTERNAL_NAME =
  /^(?:stack|authorization|cookie|basepath|base_?url|configuration)$|credential|password|secret|api_?key|access_?token|(?:model|tool)config$/i;
/** Beyond any real document; deeper nesting would exhaust the stack of whoever encodes it. */
const MAX_DEPTH = 64;

/**
 * A copy of an upstream's value without its known internals, safe to show and to store. What is nested too deep
 * becomes `null`.
 */
export function stripInternals(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => stripInternals(item, depth + 1));
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name !== '__proto__' && !INTERNAL_NAME.test(name)) kept[name] = stripInternals(member, depth + 1);
  }
  return kept;
}
