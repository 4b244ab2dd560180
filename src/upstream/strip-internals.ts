import { errors } from '../platform/errors/errors.js';
import { isTooComplex } from '../platform/json/json-complexity.js';
import { parseJson } from '../platform/json/json-object.js';

/** Members by which upstream frames were seen to show their insides: credentials, model settings, stack traces. */
const INTERNAL_NAME =
  /^(?:stack|authorization|cookie|basepath|base_?url|configuration)$|credential|password|secret|api_?key|access_?token|(?:model|tool)config$/i;
/** Beyond any real document; deeper nesting would exhaust the stack of whoever encodes it. */
const MAX_DEPTH = 64;

/** Words without which a text has no such member: what has none is not worth the parsing. */
const HINT =
  /stack|authorization|cookie|base_?path|base_?url|configuration|credential|password|secret|api_?key|access_?token|config/i;
const LOOKS_LIKE_JSON = /^\s*[[{]/;

/**
 * A copy of an upstream's value without its known internals, safe to show and to store. What is nested too deep
 * becomes `null`. Texts that are JSON are looked into as well; one without internals stays as it is.
 * @throws AppError `upstream_failed` when such a text has more in it than can be looked through
 */
export function stripInternals(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return stripText(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => stripInternals(item, depth + 1));
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (name !== '__proto__' && !INTERNAL_NAME.test(name)) kept[name] = stripInternals(member, depth + 1);
  }
  return kept;
}

function stripText(text: string, depth: number): string {
  if (!LOOKS_LIKE_JSON.test(text) || !HINT.test(text)) return text;
  if (isTooComplex(text)) throw errors.upstreamFailed('The upstream sent an event that is too complex.');
  const value = parseJson(text);
  if (value === undefined) return text;
  const kept = JSON.stringify(stripInternals(value, depth + 1));
  return kept === JSON.stringify(value) ? text : kept;
}
