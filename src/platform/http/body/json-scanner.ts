import { errors } from '../../errors/errors.js';

/** Far beyond any honest body; recursion over a body (validation, storage) stays far from the end of the stack. */
export const MAX_JSON_DEPTH_LEVELS = 64;
/**
 * Brackets, commas and colons outside of strings, which is about how many values a body has. Uploads are long strings, so that honest bodies of
 * 10 MB have some hundreds; a tree of this size is made in some milliseconds.
 */
export const MAX_JSON_TOKENS = 200_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Reads the bytes of a JSON body while they arrive and refuses what would be too deep or too large a tree before there is one. It takes
 * time in proportion to the bytes and keeps three numbers. Whether it is JSON at all is the parser's question.
 */
export class JsonScanner {
  private depth = 0;
  private tokens = 0;
  private inString = false;
  /** The piece before ended within a string, after a backslash that escapes the next byte. */
  private escaped = false;

  /** @throws AppError `validation_failed` */
  scan(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.inString ? this.skipString(bytes, at) : this.scanTokens(bytes, at);
  }

  /** @returns where the string is over: after its closing quote */
  private skipString(bytes: Uint8Array, from: number): number {
    const quote = bytes.indexOf(QUOTE, from);
    const end = quote < 0 ? bytes.length : quote;
    let first = end;
    while (first > from && bytes[first - 1] === BACKSLASH) first -= 1;
    const carried = first === from && this.escaped ? 1 : 0;
    this.escaped = (end - first + carried) % 2 === 1;
    if (quote < 0) return end;
    if (this.escaped) this.escaped = false;
    else this.inString = false;
    return quote + 1;
  }

  /** @returns where the next string begins */
  private scanTokens(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      switch (bytes[at]) {
        case QUOTE:
          this.inString = true;
          return at + 1;
        case OPEN_BRACKET:
        case OPEN_BRACE:
          this.depth += 1;
          if (this.depth > MAX_JSON_DEPTH_LEVELS)
            refuse(`The body is nested deeper than ${MAX_JSON_DEPTH_LEVELS} levels.`);
          this.count();
          break;
        case CLOSE_BRACKET:
        case CLOSE_BRACE:
          this.depth -= 1;
          break;
        case COMMA:
        case COLON:
          this.count();
          break;
        default:
      }
    }
    return bytes.length;
  }

  private count(): void {
    this.tokens += 1;
    if (this.tokens > MAX_JSON_TOKENS) refuse(`The body has more than ${MAX_JSON_TOKENS} values.`);
  }
}

function refuse(message: string): never {
  throw errors.validation([{ field: 'body', message }], message);
}
