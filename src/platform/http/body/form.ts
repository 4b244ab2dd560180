import { unreadable } from './unreadable.js';

export const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;

/** Reads a form (WHATWG URL, section 5.1). A name that comes more than once has a list, so that no reader takes one value of several for the only one. */
export function parseForm(bytes: Buffer): Record<string, string | string[]> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable('not a form');
  }
  const form = new URLSearchParams(text);
  const fields = [...new Set(form.keys())].map((name) => {
    const values = form.getAll(name);
    return [name, values.length === 1 ? (values[0] ?? '') : values] as const;
  });
  return Object.fromEntries(fields);
}
