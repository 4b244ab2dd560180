/** Ends of lines to readers that split by Unicode (Python’s `str.splitlines`, `httpx`), which JSON may carry as they are. */
const LINE_ENDS = /[\u0085\u2028\u2029]/;
const ALL_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/**
 * JSON of one line, by whatever rule a reader splits: `JSON.stringify` escapes the line ends of ASCII, this also those of Unicode. What it
 * means is the same. Text without them costs one look at it.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  return LINE_ENDS.test(json) ? json.replace(ALL_LINE_ENDS, escaped) : json;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
