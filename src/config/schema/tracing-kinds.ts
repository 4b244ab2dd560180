import type { Kind } from './setting.js';

const MAX_LIST_CHARACTERS = 8192;
/** Pairs of a list, e.g. headers of every export. */
const MAX_PAIRS = 64;
/** A header's name (RFC 9110, section 5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What a header's value may hold, once it is decoded. */
const FIELD_VALUE = /^[\t -~]*$/;
const CONTROL = /\p{C}/u;

export type Pairs = Readonly<Record<string, string>>;

/** `name=value,name=value` with percent-encoded values, as OpenTelemetry writes headers. */
export function headerPairs(): Kind<Pairs> {
  return pairs('of headers', (name, value) => TOKEN.test(name) && FIELD_VALUE.test(value));
}

/** The same for what describes this process. */
export function attributePairs(): Kind<Pairs> {
  return pairs('of attributes', (name, value) => name !== '' && !CONTROL.test(name + value));
}

/** A share of all. */
export function ratio(): Kind<number> {
  return {
    form: 'a number from 0 to 1',
    parse: (text) => {
      const number = Number(text);
      return /^\d*\.?\d+$/.test(text) && number <= 1 ? number : undefined;
    },
  };
}

function pairs(what: string, isPair: (name: string, value: string) => boolean): Kind<Pairs> {
  return {
    form: `pairs ${what} (name=value, percent-encoded values), separated by commas, at most ${MAX_PAIRS}`,
    parse: (text) => {
      const parts = text.split(',').filter((part) => part.trim() !== '');
      if (text.length > MAX_LIST_CHARACTERS || parts.length > MAX_PAIRS) return undefined;
      const found = parts.map(pairOf);
      return found.every((pair) => pair !== undefined && isPair(...pair))
        ? Object.fromEntries(found as [string, string][])
        : undefined;
    },
  };
}

function pairOf(text: string): [string, string] | undefined {
  const at = text.indexOf('=');
  if (at < 1) return undefined;
  try {
    return [text.slice(0, at).trim(), decodeURIComponent(text.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}
