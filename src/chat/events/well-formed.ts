/** What stands in for half a character, and for NUL in names. */
const REPLACEMENT = '\uFFFD';
/** How JSON writes what has to be looked at: half a surrogate pair, and NUL. */
const SUSPICIOUS = /\\u(?:d[89a-f]|0000)/i;

/**
 * Text that is the same wherever it goes. Half a surrogate pair cannot be stored or sent in UTF-8: what a client was shown would not be what it
 * finds later, or what a model is told. It is replaced, in place, so that no position moves.
 */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/**
 * The same for everything that a value holds. Names must not hold NUL either, which no database takes.
 * @param json the value as JSON; nearly always it tells that nothing is to be done
 */
export function wellFormedValue<T>(value: T, json = JSON.stringify(value)): T {
  return SUSPICIOUS.test(json) ? (mend(value) as T) : value;
}

function mend(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(mend);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      wellFormed(name).replaceAll('\0', REPLACEMENT),
      mend(member),
    ]),
  );
}
