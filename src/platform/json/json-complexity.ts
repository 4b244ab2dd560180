/** Deepest nesting of a text that is parsed. Real events have less than twenty levels; thousands cost whole seconds to parse and to walk. */
export const MAX_JSON_DEPTH = 256;
/** Most values of a text that is parsed: a megabyte of real answers has some ten thousand. */
export const MAX_JSON_VALUES = 100_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * Whether a JSON text has more levels or values than is worth a tree: one look at each character, a hundredth of what parsing such a text and
 * walking through it would take. What is no JSON is looked at in the same way.
 */
export function isTooComplex(text: string): boolean {
  // A short one cannot be, and nearly all are short.
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at + 1);
    } else if (code === COMMA || code === COLON) {
      values += 1;
    } else if (isBracket(code, '[', '{')) {
      depth += 1;
      values += 1;
    } else if (isBracket(code, ']', '}')) {
      depth -= 1;
    }
    if (depth > MAX_JSON_DEPTH || values > MAX_JSON_VALUES) return true;
  }
  return false;
}

function isBracket(code: number, square: string, curly: string): boolean {
  return code === square.charCodeAt(0) || code === curly.charCodeAt(0);
}

/** Where the string whose first character stands at `from` is closed; the text's end if nowhere. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (before > from && text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return text.length;
}
